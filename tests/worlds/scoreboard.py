"""`make prove`: every sweep at its full count, and one table of what came of them, printed and kept in README.md.

python -m tests.worlds.scoreboard [--from SEED]
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from blocks.base.clock import today

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- prove: begin -->", "<!-- prove: end -->"
HEADS = ("what was swept", "trials", "seeds", "violations", "seconds")


def main(options: list[str]) -> int:
    """Run the sweeps, print the table and put it into README.md; 0 where nothing was violated."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "rows.jsonl"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "--maxschedchunk",
            "1",
            "--timeout",
            "7200",
        ]
        code = subprocess.run(
            [*command, "--full", "--report", str(report), *options], cwd=ROOT, check=False
        ).returncode
        rows = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
    told = table(sorted(rows, key=lambda row: row["what"]))
    sys.stdout.write(f"{told}\n")
    if code == 0:
        keep(told)
    return code


def table(rows: list[dict[str, Any]]) -> str:
    """The rows under one head, numbers to the right, and the date."""
    cells = [
        HEADS,
        *(
            (row["what"], *map(_cell, (row["trials"], row["seeds"], row["violations"], row["seconds"])))
            for row in rows
        ),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADS))]
    lines = [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in cells
    ]
    trials, bad = sum(row["trials"] for row in rows), sum(row["violations"] for row in rows)
    return "\n".join([*lines, "", f"{trials:,} trials, {bad} violations, {today()}"])


def keep(told: str) -> None:
    """Put the table into README.md between its marks."""
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n\n```\n{told}\n```\n\n{END}{after}")


def _cell(value: object) -> str:
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:.0f}" if isinstance(value, float) else str(value)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
