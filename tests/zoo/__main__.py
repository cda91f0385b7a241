"""`python -m tests.zoo`: plant every bug, and print which test caught it. Ends with 1 where one survives."""

import sys

from blocks.base.clock import monotonic
from tests.zoo.bugs import BUGS
from tests.zoo.cage import Bug, NoPlace, control, outcome_of


def main() -> int:
    """Run the control, then every bug; the exit code."""
    sound = control(BUGS)
    if not sound.is_green:
        print(f"the tests fail without any bug:\n{sound.said}", file=sys.stderr)
        return 1
    print(f"{len(BUGS)} planted bugs; without them all their tests pass ({sound.seconds:.0f} s)\n")
    print(f"{'bug':66} {'seconds':>7}  caught by")
    caught = sum([_is_caught(bug) for bug in BUGS])
    print(f"\n{caught} of {len(BUGS)} caught")
    return 0 if caught == len(BUGS) else 1


def _is_caught(bug: Bug) -> bool:
    """Plant one bug, and print its row."""
    began, by = monotonic(), ""
    try:
        outcome = outcome_of(bug)
        by = outcome.failed[0].rpartition("::")[2].partition("[")[0] if outcome.is_red else ""
    except NoPlace:
        print(f"{bug.what}: it cannot be planted any more", file=sys.stderr)
    print(f"{bug.what:66} {monotonic() - began:7.1f}  {by or 'NOBODY'}", flush=True)
    return bool(by)


if __name__ == "__main__":
    sys.exit(main())
