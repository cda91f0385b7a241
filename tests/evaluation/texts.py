"""Feed the evaluation from layout texts, without OCR, flow or database: for work on the rules.

python -m tests.evaluation.texts TEXTS_FOLDER RESULTS.json      TEXTS_FOLDER holds invoices/ID.txt and receipts/ID.txt
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.check import find_doubts
from tasks.offline.read_invoice import read_invoice
from tasks.schemas.check_rules import CheckRules


def document_of(file: str, text: str) -> dict[str, Any]:
    """What a run would say of a document with this *text*, taken as OCR but for a PDF; duplicates are not told."""
    invoice = read_invoice(text, by_ocr=not file.endswith(".pdf"))
    doubts = find_doubts(invoice, CheckRules(), today=datetime.now(UTC).date())
    facts = ("vendor", "invoice_number", "date", "currency", "net", "tax", "total")
    return {
        "file": file,
        "status": "waiting" if doubts else "posted",
        **{name: _plain(getattr(invoice, name).value) for name in facts},
        "line_items": [line.model_dump(mode="json") for line in invoice.line_items],
        "doubts": [doubt.reason for doubt in doubts],
        "confidence": {name: getattr(invoice, name).confidence for name in facts},
    }


def _plain(value: Any) -> Any:
    return value if value is None else str(value)


def main(texts: Path, results: Path, data: Path) -> None:
    """Read every text whose document is in a manifest and write the results."""
    documents = [
        document_of(entry["file"], (texts / kind / f"{entry['id']}.txt").read_text())
        for kind in ("invoices", "receipts")
        for entry in json.loads((data / kind / "manifest.json").read_text())["entries"]
        if (texts / kind / f"{entry['id']}.txt").exists()
    ]
    results.write_text(json.dumps({"documents": documents}, indent=1, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(os.environ.get("HOLDFAST_DATA", "../shared/data")))
