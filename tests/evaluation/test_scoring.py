"""The evaluation says what is right, wrong, missing and asked, and counts nothing twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.evaluate import Scored, main, report
from tests.evaluation.scoring import is_right, matched_items

TRUTH = {
    "vendor": "Acme GmbH",
    "invoice_number": "R-17",
    "date": "2021-02-01",
    "currency": "EUR",
    "total": 119.0,
    "net_total": 100.0,
}


def _scored(status: str, **values: Any) -> Scored:
    entry = {
        "id": "one",
        "file": "one.pdf",
        "layout_group": "plain",
        "ground_truth": TRUTH | {"line_items": None, "tax_total": None},
    }
    return Scored(entry, {"file": "one.pdf", "status": status, **values})


@pytest.mark.parametrize(
    ("field", "value", "truth"),
    [
        ("vendor", "ACME", "Acme GmbH"),
        ("vendor", "Acme G.m.b.H", "Acme GmbH"),
        ("invoice_number", "r 17", "R-17"),
        ("date", "2021-02-01", "2021-02-01"),
        ("total", "119.00", 119.0),
        ("total", 118.995, 119.0),
    ],
)
def test_small_differences_of_spelling_are_right(field: str, value: Any, truth: Any) -> None:
    assert is_right(field, value, truth)


@pytest.mark.parametrize(
    ("field", "value", "truth"),
    [
        ("vendor", "Bcme Trading", "Acme GmbH"),
        ("invoice_number", "R-18", "R-17"),
        ("date", "2021-01-02", "2021-02-01"),
        ("currency", "USD", "EUR"),
        ("total", "119.02", 119.0),
    ],
)
def test_other_values_are_wrong(field: str, value: Any, truth: Any) -> None:
    assert not is_right(field, value, truth)


def test_a_value_without_a_truth_is_extra_and_not_wrong() -> None:
    assert _scored("posted", tax="19.00").verdict("tax") == "extra"
    assert _scored("posted").verdict("tax") == "absent"


def test_an_unclear_truth_is_not_scored() -> None:
    scored = _scored("posted", total="1.00")
    scored.entry["gt_ambiguous"] = ["total (two are printed)"]
    assert scored.truth("total") is None


def test_a_mistake_in_a_waiting_document_counts_as_asked() -> None:
    lines = report("invoices", [_scored("waiting", total="1.00"), _scored("posted", total="2.00")])
    (row,) = [line.split() for line in lines if line.startswith("total ")]
    assert row[1:5] == ["0", "2", "0", "1"]
    assert any("posted without asking: 1 of 2; right total: 0 of 1" in line for line in lines)


def test_each_line_item_is_matched_once() -> None:
    found = [{"description": "Chair oak", "amount": "10.00"}]
    truth = [{"description": "Chair", "amount": 10.0}, {"description": "Chair", "amount": 10.0}]
    assert matched_items(found, truth) == 1


def test_a_line_item_of_another_amount_or_name_is_no_match() -> None:
    truth = [{"description": "Chair", "amount": 10.0}]
    assert matched_items([{"description": "Chair", "amount": "11.00"}], truth) == 0
    assert matched_items([{"description": "Sofa bed", "amount": "10.00"}], truth) == 0


def test_results_are_found_by_the_name_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scored = _scored("posted", total="119.00", vendor="Acme")
    (tmp_path / "invoices").mkdir()
    (tmp_path / "invoices" / "manifest.json").write_text(json.dumps({"entries": [scored.entry]}))
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"documents": [scored.result | {"file": "/somewhere/one.pdf"}]}))
    main([str(results), "--data", str(tmp_path), "--markdown"])
    shown = capsys.readouterr().out
    assert "| total | 1 | 0 | 0 | 0 | 0 | 100 |" in shown
    assert "right total: 1 of 1 (100.0 %)" in shown
