"""
`python -m deployments.samples.demo FOLDER`: the main job on the samples, then once more.

Some samples are there to be refused or to wait for a person, so the ends 0, 1 and 3 of the command are all
good ones here. The second round tells an accident from them: it must find every document settled.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deployments.samples.__main__ import main as write_samples
from deployments.samples.collection import SAMPLES

GOOD_ENDS = {0, 1, 3}
NEXT = """
Where to look next:
  {bin}/holdfast stages last         what ran, what was reused, what it cost
  {bin}/holdfast show last --at 1    what went into a stage and what came out
  {bin}/holdfast approvals list      what waits for you, and how to answer it
  {bin}/holdfast status              the address of the pages that show the runs
  {bin}/holdfast down                stop the local server
  {bin}/holdfast run process_invoices YOUR_FOLDER"""


def main(arguments: list[str]) -> int:
    """Write the samples into the folder named, run the main job on them twice, say where to look next."""
    if code := write_samples(arguments):
        return code
    programs = Path(sys.executable).parent
    command = [str(programs / "holdfast"), "run", "process_invoices", arguments[0], "--profile", "laptop"]
    print(f"\n$ holdfast {' '.join(command[1:])}\n", flush=True)
    code = subprocess.run(command, check=False).returncode
    if code not in GOOD_ENDS:
        return code
    again = subprocess.run([*command, "--json"], check=False, capture_output=True, text=True)
    if trouble := accident(again.stdout):
        print(f"\nThe demo failed: {trouble}\n{again.stderr}", file=sys.stderr)
        return 1
    stages = json.loads(again.stdout)["stages"]
    print(f"\nThe same command once more: {stages['ran']} stages ran, {stages['reused']} were reused.")
    print(NEXT.format(bin=shown(programs)))
    return 0


def accident(report: str) -> str | None:
    """What went wrong according to the JSON *report* of a run over the samples; None where all is settled."""
    try:
        documents: list[dict[str, Any]] = json.loads(report)["documents"]
    except (ValueError, KeyError):
        return "the second run gave no documents."
    if missing := {sample.file for sample in SAMPLES} - {Path(told["file"]).name for told in documents}:
        return f"no word of {', '.join(sorted(missing))}."
    failed = sorted(told["file"] for told in documents if told["status"] == "failed")
    return f"{', '.join(failed)} failed." if failed else None


def shown(folder: Path) -> Path:
    """*folder* as a person in the working directory types it."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
