"""`make prove`: every sweep at its full count, and one table of what came of them, printed and kept in README.md.

python -m tests.worlds.scoreboard [--from SEED] [other options of pytest]
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
COLUMNS = {
    "what": "what was swept",
    "trials": "trials",
    "in_ci": "in CI",
    "seeds": "seeds",
    "violations": "violations",
    "seconds": "seconds",
}
SWEEPS = ("-m", "pytest", "-q", "-n", "2", "--maxschedchunk", "1", "--timeout", "7200", "--full")

GROUNDS: tuple[tuple[str, ...], ...] = ((), ("--on=servers", "-m", "servers_only"))
"""All sweeps on files, then those of faults that only servers have."""


def main(options: list[str]) -> int:
    """Run the sweeps, print the table and put it into README.md; 0 where nothing was violated."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "rows.jsonl"
        commands = [[sys.executable, *SWEEPS, *ground, f"--report={report}", *options] for ground in GROUNDS]
        code = max([subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands])
        told = table(rows_of(report))
    sys.stdout.write(f"{told}\n")
    if code == 0 and not options:
        keep(told)
    return code


def rows_of(report: Path) -> list[dict[str, Any]]:
    """What the sweeps reported, in the order of their names."""
    lines = report.read_text().splitlines() if report.exists() else []
    return sorted((json.loads(line) for line in lines), key=lambda row: row["what"])


def table(rows: list[dict[str, Any]]) -> str:
    """The rows under their heads, numbers to the right, then the sums and the date."""
    cells = [list(COLUMNS.values()), *([_cell(row[name]) for name in COLUMNS] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    trials, bad = (sum(row[name] for row in rows) for name in ("trials", "violations"))
    return "\n".join(
        [*(_line(line, widths) for line in cells), "", f"{trials:,} trials, {bad} violations, {today()}"]
    )


def keep(told: str) -> None:
    """Put the table into README.md between its marks."""
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n\n```\n{told}\n```\n\n{END}{after}")


def _line(cells: list[str], widths: list[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def _cell(value: object) -> str:
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:.0f}" if isinstance(value, float) else str(value)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
