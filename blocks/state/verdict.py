"""What checking a ledger found, over all of its runs. Standard library only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from blocks.state.chain import Finding, Walk
from blocks.state.head_shelf import Kept
from blocks.state.heads import Head


@dataclass
class Report:
    """The sum over the runs that were checked. `unsigned` counts the events that no head covers, by run."""

    events: int = 0
    runs: int = 0
    heads: int = 0
    signed: int = 0
    torn_heads: int = 0
    unsigned: dict[str, int] = field(default_factory=dict[str, int])
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def ok(self) -> bool:
        """Is everything as it was recorded?"""
        return not self.findings

    def add(self, walk: Walk) -> None:
        """Add a run that was walked to its end."""
        self.runs += 1
        self.events += walk.events
        self.signed += walk.signed
        if finding := walk.end():
            self.findings.append(finding)
        elif walk.events > walk.signed:
            self.unsigned[walk.run_id] = walk.events - walk.signed

    def trusted(self, run_id: str, kept: Kept, fault_of: Callable[[Head], str | None]) -> list[Head]:
        """The heads of a run whose signatures are right; what is wrong with the others becomes a finding."""
        self.torn_heads += kept.torn
        if kept.damaged:
            self.findings.append(Finding(run_id, None, "a line of the signed heads was changed"))
        good: list[Head] = []
        for head in kept.heads:
            fault = "it belongs to another run" if head.run_id != run_id else fault_of(head)
            if fault:
                reason = f"the signed head over {head.size} events: {fault}"
                self.findings.append(Finding(run_id, None, reason))
            else:
                good.append(head)
        self.heads += len(good)
        return good

    def facts(self) -> dict[str, Any]:
        """The report for scripts; `run_id`, `first_bad` and `reason` are those of the first finding."""
        first = min(self.findings, key=lambda finding: finding.first_bad is None, default=None)
        return {
            "ok": self.ok,
            "events": self.events,
            "first_bad": first.first_bad if first else None,
            "reason": first.reason if first else None,
            "run_id": first.run_id if first else None,
            "runs": self.runs,
            "heads": self.heads,
            "signed": self.signed,
            "unsigned": sum(self.unsigned.values()),
            "torn_heads": self.torn_heads,
            "findings": [vars(finding) for finding in self.findings],
        }
