"""The rows that the events of a run speak of: its stages, their answers and artifacts, read beside the chain."""

from collections.abc import Generator
from typing import Any

from sqlalchemy import Connection, Row, select

from blocks.base.canonical import digest_of
from blocks.state.chain import Event
from blocks.state.rebuild import ENTERING, NotTold, body_of
from blocks.state.sealed import Opener, of_stage
from blocks.state.tables import artifacts, events, run_stages, stages

_AT_A_TIME = 500


class SpokenOf:
    """Compares the stages of a run with its events, one by one in their order. Memory does not grow with them."""

    def __init__(self, connection: Connection, run_id: str, opener: Opener) -> None:
        self._connection = connection
        self._opener = opener
        self._rows = self._stream(run_id)

    def close(self) -> None:
        """Read no further."""
        self._rows.close()

    def fault(self, kind: str, body: dict[str, Any]) -> str | None:
        """What is wrong with the rows that an event speaks of, or None."""
        if kind not in ENTERING or body.get("ordinal") is None:
            return None
        row = next(self._rows, None)
        told = (body["ordinal"], body.get("key"), body.get("subject"), kind == "stage.reused")
        if row is None or row[: len(told)] != told:
            return f"the row of stage {body['ordinal']} of the run is not the one that the event tells of"
        return self._answer_fault(row, body)

    def left_over(self) -> str | None:
        """A stage of the run that no event tells of, or None. Ask at the end."""
        row = next(self._rows, None)
        return f"no event tells of stage {row.ordinal} of the run" if row else None

    def _answer_fault(self, row: Row[Any], body: dict[str, Any]) -> str | None:
        """A newer answer than the event's is right where a newer event tells of it."""
        _, key, _, _, stage, state, output, digest, artifact = row
        if state != "done":
            is_open = self._is_told("stage.reopened", key)
            return None if is_open else f"the answer of {stage} is no longer there"
        if digest != body.get("output") and not self._is_told("stage.done", key, digest):
            return f"the answer of {stage} has another digest than the event"
        if output is None:
            return None if artifact else f"the artifact with the answer of {stage} is not recorded"
        data = self._opener.opened(output, of_stage(key, "output"))
        if data is None:
            return None  # it was erased, so that nobody can compare it any more
        if not isinstance(data, bytes) or digest_of(data) != digest:
            return f"the answer of {stage} is not the one with its digest"
        return None

    def _is_told(self, kind: str, key: str, output: str | None = None) -> bool:
        """Does any run's event tell of it? Reads all events of the kind; asked for rare cases only."""
        query = select(events).where(events.c.kind == kind, events.c.body.contains(key, autoescape=True))
        for row in self._connection.execute(query):
            try:
                body = body_of(Event._make(row))
            except NotTold:
                continue
            if body.get("key") == key and output in (None, body.get("output")):
                return True
        return False

    def _stream(self, run_id: str) -> Generator[Row[Any]]:
        """Read when the first event asks."""
        joined = run_stages.join(stages, stages.c.key == run_stages.c.key)
        joined = joined.outerjoin(artifacts, artifacts.c.digest == stages.c.output_digest)
        own = (run_stages.c.ordinal, run_stages.c.key, run_stages.c.subject, run_stages.c.reused)
        answer = (stages.c.stage, stages.c.state, stages.c.output, stages.c.output_digest)
        columns: tuple[Any, ...] = (*own, *answer, artifacts.c.digest.label("artifact"))
        query: Any = select(*columns).select_from(joined).where(run_stages.c.run_id == run_id)
        ordered = query.order_by(run_stages.c.ordinal)
        with self._connection.execute(ordered, execution_options={"yield_per": _AT_A_TIME}) as rows:
            for part in rows.partitions():
                yield from part
