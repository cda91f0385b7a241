"""What stages take, counted in this process and written at the end of each turn of a run; what is decided from it.

A decision holds from the next turn on, so that a stage has one weight in a turn. It is an event of the run that made it.
"""

import threading
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection

from blocks.durable import weighing
from blocks.state import ledger, measure_rows, run_rows
from blocks.state.database import StateDatabase
from blocks.state.measure_rows import Measured
from blocks.state.stage_rows import StageIdentity, StageName

_LONGEST_US = 1_000_000
"""Recording that takes longer met an outage, of which a mean must not speak for ever."""
_SAMPLE = "0"
"""Of a volatile stage, the answers whose key begins so are recorded all the same, one in sixteen: they tell how often
answers are asked for again."""


@dataclass(frozen=True)
class Auto:
    """What is known of a stage of the weight auto from its signature."""

    forgettable: bool
    retried: bool


class Measures:
    """The counts of one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[StageName, Counter[str]] = {}
        self._autos: dict[StageName, Auto] = {}
        self._known: dict[StageName, Measured] = {}

    def count(self, of: StageName, **more: int) -> None:
        """Add to what is counted of a stage, by the names of the columns."""
        with self._lock:
            self._counts.setdefault(of, Counter()).update(more)

    def recorded(self, of: StageName, body_us: int, nano_usd: int, all_us: int) -> None:
        """A body made an answer, which is recorded; body and recording together took *all_us*."""
        keep_us = min(max(all_us - body_us, 0), _LONGEST_US)
        self.count(of, made=1, made_us=body_us, made_nano_usd=nano_usd, kept=1, kept_us=keep_us)

    def reused(self, of: StageName, body_us: int, nano_usd: int) -> None:
        """A recorded answer was given again, which a body would have taken *body_us* and *nano_usd* for."""
        self.count(of, reused=1, reused_us=body_us, reused_nano_usd=nano_usd)

    def part_kept(self, of: StageName, took_us: int) -> None:
        """A part of a long answer was kept."""
        self.count(of, parts=1, parts_us=min(took_us, _LONGEST_US))

    def shown(self, of: StageName, prefect_us: int) -> None:
        """Prefect took so long to run a task around it."""
        self.count(of, shown=1, shown_us=min(max(prefect_us, 0), _LONGEST_US))

    def weight_of(self, state: StateDatabase, identity: StageIdentity, auto: Auto) -> str:
        """The weight of one call of a stage of the weight auto. `sampled` where it is volatile, and this answer is recorded
        all the same, as a light one. Costs a read, once in a turn."""
        of = identity.name
        with self._lock:
            self._autos[of] = auto
        weight = self.known(state, of).weight or "durable"
        return "sampled" if weight == "volatile" and identity.key.startswith(_SAMPLE) else weight

    def wants_another(self, state: StateDatabase, of: StageName, auto: Auto, body_us: int) -> bool:
        """Should the answer be made a second time, to see whether it is the same?"""
        if not auto.forgettable or body_us > weighing.FORGETTABLE_US:
            return False
        with self._lock:
            here = self._counts.get(of, Counter[str]())["compared"]
        return self.known(state, of)["compared"] + here < weighing.COMPARED

    def known(self, state: StateDatabase, of: StageName) -> Measured:
        """What was measured of a stage before this turn."""
        with self._lock:
            found = self._known.get(of)
        if found is None:
            found = state.read(lambda connection: measure_rows.find(connection, of))
            with self._lock:
                self._known[of] = found
        return found

    def write(self, state: StateDatabase, run_id: str = "", lease_id: str = "") -> int:
        """Write what was counted, and decide where the run is still this process's; the number of the run's last event.

        One transaction; none where nothing was counted. Raises DatabaseUnavailable; what was counted is then forgotten.
        """
        with self._lock:
            counts, self._counts, self._known = self._counts, {}, {}
        if not counts:
            return 0

        def act(connection: Connection) -> int:
            for of, more in sorted(counts.items()):
                measure_rows.add(connection, of, more)
            if not run_id or not run_rows.holds(connection, run_id, lease_id):
                return 0
            met = sorted(self._autos.keys() & counts.keys())
            return max([self._decide(connection, run_id, of) for of in met], default=0)

        return state.write(act)

    def _decide(self, connection: Connection, run_id: str, of: StageName) -> int:
        measured, auto = measure_rows.find(connection, of), self._autos[of]
        if measured["made"] < weighing.LEAST_MADE:
            return 0
        weighed = weighing.weigh(measured, forgettable=auto.forgettable, retried=auto.retried)
        if weighed.weight == measured.weight:
            return 0
        measure_rows.decide(connection, of, weighed.weight)
        body = {"stage": of.stage, "version": of.version, "weight": weighed.weight, "why": weighed.why}
        return ledger.append(connection, run_id, "stage.weighed", {**body, **weighed.numbers})
