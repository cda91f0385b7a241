"""Paid calls of language models: written down before they leave, kept before they are read, bought once.

    asked      a row, and its highest price reserved in the budgets, before the request leaves
    answered   the provider's bytes are kept, before anybody reads them
    settled    the stage is recorded, and the cost counted, in one transaction (blocks.durable.commit)

After a crash a kept answer is used. An asked call without one is looked for: with the answers that were held, at the
capture proxy. Where nobody knows, the stage buys once more, which is written down as ambiguous, or a person decides.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import Connection, Row, select

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.locked import Erased
from blocks.artifacts.store import StoreUnavailable
from blocks.base import clock, faults, meter
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import scope, sealed_values, world
from blocks.durable.call import INLINE_BYTES
from blocks.durable.lease import is_dead
from blocks.durable.model_outage import Outage
from blocks.durable.money_gate import more_for, sent_again
from blocks.durable.scope import Scope, Stopping
from blocks.durable.world import World
from blocks.providers.capture import Capture, CaptureAway, packed, unpacked
from blocks.providers.capture_frames import new_key
from blocks.providers.paid_calls import Bought, Fate, NotSent, RawAnswer, Sender, Wanted
from blocks.state import model_call_rows as rows
from blocks.state.database import db_now_us
from blocks.state.model_call_rows import AskedAlready, Asking, Kept, OverLimit
from blocks.state.sealed import of_model_call
from blocks.state.stage_rows import note_artifact
from blocks.state.tables import runs

_MEDIA_TYPE = "application/vnd.holdfast.model-answer"
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.02, 1.0
_ELSEWHERE_SECONDS = 600.0
_log = logging.getLogger(__name__)
_SLOT = b"holdfast held model answer 1\n"


class AnswerElsewhere(HoldfastError):
    """The answer to a paid request is kept on the machine that asked, which is away."""

    safe = "Nothing is paid again; the run goes on when that machine has handed it in."
    next = "Start that machine's `holdfast up`; after ten minutes the request counts as lost."
    parks = "outage"


@dataclass(frozen=True)
class Limits:
    """What may be spent, in billionths of a US dollar; None: without limit. Above *hold* a person decides whether a call
    of which nobody knows is made again. So long a provider that is out of order is waited for."""

    run: int | None = None
    flow_day: int | None = None
    tenant: int | None = None
    hold: int | None = None
    patience_seconds: float = 0.0


@dataclass(frozen=True)
class Counter:
    """The till of a world (blocks.providers.paid_calls.Till)."""

    limits: Limits = field(default_factory=Limits)

    def buy(self, wanted: Wanted, sender: Sender) -> Bought:
        """The answer, from the provider or kept. Costs two transactions beside the request.

        Raises ProviderAway, Unanswered, ApprovalAwaited, OverBudget, CallUncertain, AnswerElsewhere, CaptureAway, and what
        database and store raise.
        """
        here = world.current()
        with here.one_at_a_time(wanted.digest):
            return _Purchase(here, wanted, sender, self.limits).made()

    def count(self, bought: Bought, nano_usd: int) -> None:
        """The running stage has spent it; where it was counted before, nothing. Where none runs it is counted at once."""
        running = meter.running()
        if running is None:
            _end(world.current(), bought.call_id, rows.SETTLED, nano_usd)
        elif bought.call_id not in running.calls:
            cost = nano_usd if bought.is_new else 0
            running.calls[bought.call_id] = cost
            running.nano_usd += cost

    def spoil(self, bought: Bought, nano_usd: int) -> None:
        """Its answer is no use; its cost is counted now."""
        _end(world.current(), bought.call_id, rows.SPOILED, nano_usd)


@dataclass
class _Purchase:
    here: World
    wanted: Wanted
    sender: Sender
    limits: Limits

    def made(self) -> Bought:
        """The answer; a refusal that may pass is waited out, as long as the patience lasts."""
        outage = Outage(self.here, self.wanted.model, self.limits.patience_seconds)
        while True:
            try:
                bought = self._followed(outage)
            except NotSent as error:
                outage.met(f"{error}")
                continue
            if not bought.answer.is_passing:
                return bought
            answer = bought.answer
            outage.met(f"HTTP {answer.status}", answer.retry_after, is_of_model=answer.is_too_often)

    def _followed(self, outage: Outage) -> Bought:
        """Follow the newest attempt to its answer; where there is none, make one."""
        wait = _FIRST_WAIT_SECONDS
        while True:
            row, is_going = self.here.state.read(self._newest)
            if row is None or row.state in (rows.SPOILED, rows.REFUSED, rows.UNSENT, rows.AMBIGUOUS):
                outage.wait_for_pause()
                asking, key = self._asking(row.attempt + 1 if row else 1)
                if self._ask(asking):
                    bought = self._sent(asking.call_id, key)
                    outage.over(is_passing=bought.answer.is_passing)
                    return bought
            elif row.state != rows.ASKED:
                try:
                    answer = self._kept(row)
                except Erased:  # with its subject: whoever asks the same words buys them for himself
                    self._spoil(row)
                    continue
                if answer:
                    return Bought(row.call_id, answer, is_new=row.cost_nano_usd is None)
                sent_again(row, scope.current().run_id)
                self._spoil(row)
            elif (is_going and row.lease_id != self.here.lease.lease_id) or self._looked_for(
                row
            ) is Fate.GOING:
                if scope.current().stopping.is_set():
                    raise Stopping
                clock.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    def _newest(self, connection: Connection) -> tuple[Row[Any] | None, bool]:
        row = rows.newest(connection, self.here.tenant, self.wanted.model, self.wanted.digest)
        return row, row is not None and rows.is_going(connection, row, is_dead)

    def _asking(self, attempt: int) -> tuple[Asking, bytes | None]:
        """The attempt as it is written down, and the key that the capture proxy seals its answer with."""
        running, here = meter.running(), self.here
        call_id = rows.identity(here.tenant, self.wanted.model, self.wanted.digest, attempt)
        key = new_key() if here.cipher is not None and self.sender.route else None
        asking = Asking(
            tenant=here.tenant,
            model=self.wanted.model,
            request_digest=self.wanted.digest,
            run_id=scope.current().run_id,
            subject=scope.current().subject,
            stage_key=running.key if running else "",
            lease_id=here.lease.lease_id,
            attempt=attempt,
            route=self.sender.route,
            capture_key=sealed_values.closed(here, key, of_model_call(call_id, "key")) if key else None,
            most_nano_usd=self.wanted.most_nano_usd,
        )
        return asking, key

    def _ask(self, asking: Asking) -> bool:
        """Write that the request is about to leave; False where another did, or where there is more money now."""
        if scope.current().stopping.is_set():
            raise Stopping

        tries = count()

        def ask(connection: Connection) -> int:
            limits = _budgets(connection, asking.run_id, self.limits)
            return rows.ask(connection, asking, limits, again=next(tries) > 0)

        try:
            seq = self.here.state.write(ask)
        except AskedAlready:
            return False
        except OverLimit as error:
            more_for(self.here, asking.run_id, error.name, error.limit, asking.model)
            return False
        self.here.heads.grown(asking.run_id, seq)
        return True

    def _sent(self, call_id: str, key: bytes | None) -> Bought:
        faults.reach("model_call.asked")
        try:
            answer = self.sender.send(call_id, key)
        except (NotSent, CaptureAway):
            _end(self.here, call_id, rows.UNSENT, 0)
            raise
        except BaseException:
            with suppress(HoldfastError):  # else it is let go with the lease
                self.here.state.write(lambda connection: rows.let_go(connection, call_id))
            raise
        faults.reach("model_call.received")
        _keep(self.here, call_id, answer)
        self.sender.forget(call_id)
        return Bought(call_id, answer, is_new=True)

    def _looked_for(self, row: Row[Any]) -> Fate | None:
        """Find out what became of a call; None where that is written down now."""
        held = self.here.artifacts.held(slot_of(row.call_id))
        found = unpacked(held) if held is not None else self._recalled(row)
        if isinstance(found, RawAnswer):
            _keep(self.here, row.call_id, found)
            self.sender.forget(row.call_id)
            return None
        if found is Fate.UNSENT:
            _end(self.here, row.call_id, rows.UNSENT, 0)
        elif found is Fate.ELSEWHERE and self._is_fresh(row):
            raise AnswerElsewhere
        elif found is not Fate.GOING:
            self._give_up(row)
        return found

    def _recalled(self, row: Row[Any]) -> RawAnswer | Fate:
        return self.sender.recall(row.call_id, row.route, _capture_key(self.here, row))

    def _is_fresh(self, row: Row[Any]) -> bool:
        return self.here.state.now_us() - row.asked_at < _ELSEWHERE_SECONDS * 1_000_000

    def _give_up(self, row: Row[Any]) -> None:
        """Nobody knows whether it was billed: it counts as such. Raises CallUncertain where a person has to decide."""
        running, hold = meter.running(), self.limits.hold
        unsure = running.unsure if running else "auto"
        is_dear = unsure == "auto" and hold is not None and row.reserved_nano_usd > hold
        if unsure == "hold" or is_dear or self._was_given_up_before(row):
            sent_again(row, scope.current().run_id)
        _end(self.here, row.call_id, rows.AMBIGUOUS, row.reserved_nano_usd)

    def _was_given_up_before(self, row: Row[Any]) -> bool:
        """One more call is the most that nobody is asked about."""
        return self.here.state.read(lambda connection: rows.has_ambiguous(connection, row))

    def _kept(self, row: Row[Any]) -> RawAnswer | None:
        """The answer as it came; None where what is kept is damaged. Raises ArtifactMissing, StoreUnavailable, Locked."""
        data = row.answer
        try:
            if data is None:
                data = self.here.artifacts.get(row.answer_digest)
            else:
                data = sealed_values.opened(self.here, data, of_model_call(row.call_id, "answer"))
            is_told = self.here.state.read(lambda connection: rows.digest_told(connection, row))
            return unpacked(data) if digest_of(data) == row.answer_digest == is_told else None
        except (ArtifactCorrupt, ValueError):
            return None

    def _spoil(self, row: Row[Any]) -> None:
        """It was billed, though nobody can read it."""
        _end(self.here, row.call_id, rows.SPOILED, row.reserved_nano_usd)


def hand_in(capture: Capture) -> int:
    """Write down what the proxy of this machine kept for calls whose process died; how many answers that were.

    A run may go on on another machine, which cannot ask this one. Raises CaptureAway.
    """
    here = world.current()

    def orphans(connection: Connection) -> list[Row[Any]]:
        return rows.orphans(connection, here.tenant, capture.identity, is_dead)

    return sum(_handed_in(here, capture, row) for row in here.state.read(orphans))


def _handed_in(here: World, capture: Capture, row: Row[Any]) -> bool:
    """One that cannot be handed in, because its subject was erased say, must not keep the others."""
    try:
        with scope.working_for(Scope(row.run_id, row.subject)):
            found = capture.recall(row.call_id, _capture_key(here, row))
            if isinstance(found, RawAnswer):
                _keep(here, row.call_id, found)
                capture.forget(row.call_id)
                return True
    except CaptureAway:
        raise
    except HoldfastError as error:
        _log.warning("call %s cannot be handed in: %s", row.call_id, error.slug)
    return False


def slot_of(call_id: str) -> str:
    """The name under which an answer is held that could not be written down."""
    return digest_of(_SLOT + call_id.encode())


def _capture_key(here: World, row: Row[Any]) -> bytes | None:
    if row.capture_key is None:
        return None
    return sealed_values.opened(here, row.capture_key, of_model_call(row.call_id, "key"))


def _end(here: World, call_id: str, state: str, cost: int, status: int | None = None) -> None:
    here.state.write(lambda connection: rows.end(connection, call_id, state, cost, status))


def _keep(here: World, call_id: str, answer: RawAnswer) -> None:
    """Write the answer down; a refusal costs nothing. Where the database is away, it is held beside the artifacts."""
    if answer.is_refusal:
        _end(here, call_id, rows.REFUSED, 0, answer.status)
        return
    data = packed(answer)
    try:
        _write(here, call_id, answer.status, data)
    except HoldfastError:
        here.artifacts.hold(slot_of(call_id), data, _MEDIA_TYPE)
        raise
    faults.reach("model_call.kept")


def _write(here: World, call_id: str, status: int, data: bytes) -> None:
    digest, is_stored = digest_of(data), len(data) > INLINE_BYTES
    if is_stored:
        try:
            here.artifacts.put(data, _MEDIA_TYPE)
        except (StoreUnavailable, ArtifactCorrupt):
            is_stored = False  # a row takes it as well
    inline = None if is_stored else sealed_values.closed(here, data, of_model_call(call_id, "answer"))
    kept = Kept(status, inline, digest, len(data))

    def write(connection: Connection) -> tuple[str, int] | None:
        if is_stored:
            note_artifact(connection, digest, len(data), _MEDIA_TYPE)
        return rows.answered(connection, call_id, kept)

    if told := here.state.write(write):
        here.heads.grown(*told)


def _budgets(connection: Connection, run_id: str, limits: Limits) -> Mapping[str, int | None]:
    """The budgets that a request of the run counts in, with their limits. A day is one of the database's clock, in UTC."""
    flow = connection.execute(select(runs.c.flow).where(runs.c.run_id == run_id)).scalar_one()
    day = clock.as_datetime(int(connection.execute(select(db_now_us())).scalar_one())).date()
    return {f"run {run_id}": limits.run, f"flow {flow} {day}": limits.flow_day, "tenant": limits.tenant}
