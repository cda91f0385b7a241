"""Run the main job on the labelled documents, and score what it says.

    python -m tests.evaluation.measure [--readme]

Runs `holdfast run process_invoices` on the documents of `HOLDFAST_DATA` (default `../shared/data`) in a temporary home, so that
nothing is reused and the person's books stay untouched, then prints the tables of `tests.evaluation.evaluate`. With `--readme`
they also go into README.md. Takes some minutes: a third of the documents are scans.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deployments import local_server
from tests.evaluation import evaluate

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- evaluate: begin -->", "<!-- evaluate: end -->"


def main(arguments: list[str]) -> int:
    """0 measured, 1 a run gave no documents, 2 no labelled documents here."""
    data = Path(os.environ.get("HOLDFAST_DATA") or ROOT.parent / "shared" / "data")
    if not (data / "invoices" / "manifest.json").exists():
        print("no labelled documents here (HOLDFAST_DATA names their folder)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="holdfast-evaluation-") as home:
        try:
            results = [_run(data / kind, Path(home)) for kind in evaluate.KINDS]
        finally:
            local_server.stop(Path(home))
        if None in results:
            return 1
        tables = _tables(data, [str(result) for result in results])
    print(tables)
    if "--readme" in arguments:
        _write_readme(tables)
    return 0


def _run(folder: Path, home: Path) -> Path | None:
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["entries"]
    files = [str(folder / entry["file"]) for entry in entries]
    command = [
        sys.executable,
        "-c",
        "from deployments.console import main; main()",
        "run",
        "process_invoices",
    ]
    environment = {**os.environ, "HOLDFAST_HOME": str(home)}
    done = subprocess.run([*command, *files, "--json"], env=environment, stdout=subprocess.PIPE, check=False)
    result = home / f"{folder.name}.json"
    result.write_bytes(done.stdout)
    return result if b'"documents"' in done.stdout else None


def _tables(data: Path, results: list[str]) -> str:
    command = [sys.executable, "-m", "tests.evaluation.evaluate", *results, "--data", str(data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _write_readme(tables: str) -> None:
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n```\n{tables}\n```\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
