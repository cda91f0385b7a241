"""Parts of a long answer, kept on the way: a stage that dies goes on at the item where it last kept something.

How often is decided from what keeping a part takes and how often processes die (blocks.durable.weighing). Parts are
rows of the stage; the commit of its answer takes them away.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.locked import Erased
from blocks.base import clock, faults
from blocks.base.canonical import Form
from blocks.base.meter import Meter, running
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import scope, sealed_values, weighing, world
from blocks.durable.scope import Stopping
from blocks.durable.weighing import Pace
from blocks.durable.world import World
from blocks.state import measure_rows, part_rows, stage_rows
from blocks.state.part_rows import Part
from blocks.state.sealed import of_stage
from blocks.state.stage_rows import StageName

T = TypeVar("T")
R = TypeVar("R")
_log = logging.getLogger(__name__)


def in_parts(name: str, items: Iterable[T], work: Callable[[T], R], form: type[R]) -> list[R]:
    """What *work* makes of every item, in order; *form* is the type of one answer, and has a canonical form.

    For the body of a stage: the items must follow from its arguments. What was kept under *name* by an attempt that died is
    not done again. From the first item on that costs money nothing is kept: what is paid has a record of its own.

    Raises what *work* raises, TypeError where a body gives two series one name, and Stopping between two items.
    """
    meter = running()
    if meter is None or not meter.key:
        return [work(item) for item in items]
    if name in meter.series:
        raise TypeError(f"two series of items of one stage are called {name!r}")
    meter.series.add(name)
    return _Series(world.current(), meter, name, Form(form), Form(list[form])).done(list(items), work)


@dataclass
class _Series:
    here: World
    meter: Meter
    name: str
    form: Form
    form_of_all: Form

    def done(self, items: list[T], work: Callable[[T], R]) -> list[R]:
        stage, pace = self._pace()
        answers: list[R] = self._restored(stage, pace, len(items))
        waiting, started = list[bytes](), clock.monotonic()
        for item in items[len(answers) :]:
            data = self.form.dump(work(item))
            answers.append(self.form.parse(data))
            waiting.append(data)
            made_us = round((clock.monotonic() - started) * 1_000_000)
            is_stopping = scope.current().stopping.is_set()
            is_paid, is_last = bool(self.meter.nano_usd or self.meter.calls), len(answers) == len(items)
            if is_last or (made_us < pace.every_us and not is_stopping):
                continue
            if not is_paid and self._keep(stage, pace, len(answers) - len(waiting), waiting, made_us):
                waiting = []
            if is_stopping:
                raise Stopping
            started = clock.monotonic()
        return answers

    def _pace(self) -> tuple[StageName, Pace]:
        """The stage, and how often it keeps a part."""

        def find(connection: Connection) -> tuple[StageName, Pace]:
            stage = stage_rows.name_of(connection, self.meter.key)
            deaths = measure_rows.deaths(connection, stage.tenant)
            return stage, weighing.pace(measure_rows.find(connection, stage), *deaths)

        return self.here.state.read(find)

    def _restored(self, stage: StageName, pace: Pace, most: int) -> list[Any]:
        """The answers that an earlier attempt kept; those behind one that cannot be read any more are made anew."""
        key, answers = self.meter.key, list[Any]()
        for part in self.here.state.read(lambda connection: part_rows.find(connection, key, self.name)):
            self._tell(pace)  # so that the commit takes it away
            try:
                data = sealed_values.opened(self.here, part.data, self._place(part.first))
                found: list[Any] = self.form_of_all.parse(data)
            except (ArtifactCorrupt, Erased, ValueError, RecursionError) as error:
                _log.warning("a part of stage %s cannot be read and is made anew: %s", key, error)
                break
            fits = part.first == len(answers) and len(found) == part.items
            if not fits or len(answers) + len(found) > most:
                break
            answers += found
            self._tell(pace, restored_us=part.made_us)
            self.here.measures.count(stage, restored_us=part.made_us)
        return answers

    def _keep(self, stage: StageName, pace: Pace, first: int, made: list[bytes], made_us: int) -> bool:
        """Keep a part, and say in the ledger that the stage advances. Where that fails the work goes on without."""
        here, key, run_id = self.here, self.meter.key, scope.current().run_id
        started, data = clock.monotonic(), b"[" + b",".join(made) + b"]"

        def keep(connection: Connection) -> int | None:
            is_new = part_rows.keep(connection, key, here.lease.lease_id, part)
            if not is_new:
                return None if is_new is None else 0
            facts = {"first": first, "items": len(made), "series": self.name, "stage": stage.stage}
            return stage_rows.note_event(connection, run_id, "advanced", key, facts)

        try:
            sealed = sealed_values.closed(here, data, self._place(first))
            part = Part(self.name, first, len(made), sealed, made_us)
            seq = here.state.write(keep)
        except DatabaseUnavailable as error:
            _log.warning("a part of stage %s could not be kept: %s", key, error)
            return False
        if seq is None:
            return False  # another process took the stage over
        here.heads.grown(run_id, seq)
        faults.reach("part.kept")
        here.measures.part_kept(stage, round((clock.monotonic() - started) * 1_000_000))
        self._tell(pace, kept=1)
        return True

    def _tell(self, pace: Pace, **more: int) -> None:
        """Tell it with the answer of the stage, and the numbers that were decided from."""
        self.meter.parts |= vars(pace)
        for name, number in more.items():
            self.meter.parts[name] = self.meter.parts.get(name, 0) + number

    def _place(self, first: int) -> str:
        return of_stage(self.meter.key, f"part {self.name} {first}")
