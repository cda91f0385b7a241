"""Work that is to be moved: runs in every state, artifacts, a held answer, books; and the places it can move to."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from blocks.base.asking import Approvers
from blocks.base.table_copy import content_of
from blocks.durable import rescue
from blocks.durable.moving import BOOKS, Moved, Place, move, tables
from blocks.durable.question import Question
from blocks.durable.rescue import Answer
from blocks.profile import Profile
from blocks.providers.accounting import Booking
from blocks.state import questions, run_rows
from blocks.state.questions import Asking
from blocks.state.tables import approvers
from tests.worlds import place
from tests.worlds.children import COUNTS
from tests.worlds.counting import count_in
from tests.worlds.gates import Bill, Payment
from tests.worlds.laptop import RUN, enter, open_laptop
from tests.worlds.ledgers import close_run, open_run, sign, work
from tests.worlds.stages import large, small

WAITING, FAILED, PARKED = "run-waits", "run-failed", "run-parked"
KEY = "e" * 64


def at_work(folder: Path) -> Profile:
    """Let runs of every state stand in *folder*, nobody at work there any more; its profile."""
    count_in(folder / COUNTS)
    made = open_laptop(folder)
    sign(made, folder)
    enter(made)
    work(RUN, *(lambda n=n: (small(n), large(n)) for n in range(3)))
    close_run(made, RUN)
    for run_id in (FAILED, PARKED, WAITING):
        open_run(made, run_id)
        work(run_id, lambda: small(0), lambda run_id=run_id: small(len(run_id)))
    close_run(made, FAILED, "failed", "Broken: it broke")
    with made.state.writing() as connection:
        run_rows.park_run(connection, PARKED, "repair", "ArtifactCorrupt: it is damaged")
        bill = Bill.model_validate({"name": "bill 1", "amount": "1"})
        request = Question("payment", bill, Payment, None, "Pay 1", "", Approvers()).request("default")
        questions.ask(connection, request, Asking(WAITING, "a document", ()))
        run_rows.let_wait(connection, WAITING, "it waits")
        connection.execute(
            insert(approvers).values(tenant="default", name="Änne", password_hash="$argon2id$", added_at=1)  # noqa: S106
        )
    rescue.keep(made, KEY, Answer(b'"held"', 5, 7))
    made.leave()
    books = place.books(folder)
    for number in range(4):
        books.post(booking(number))
    books.close()
    return place.profile_of(folder)


def there(folder: Path, postgres_url: str = "") -> Profile:
    """An empty place: files of *folder*, or a database and files beside it."""
    folder.mkdir()
    given: dict[str, Any] = (
        {"state_url": postgres_url, "accounting_url": postgres_url} if postgres_url else {}
    )
    urls = {"artifacts_url": f"{folder / 'artifacts'}", "heads_url": f"{folder / 'heads'}"}
    made = Profile(name="production", patience_seconds=0, **given, **urls)
    made.state(folder).prepare()
    made.accounting(folder).close()
    return made


def moved(source: Place, target: Place, tell: Any = lambda step, done: None) -> Moved:
    """Move, and take nothing along for Prefect."""
    return move(source, target, carry=lambda run_ids: None, tell=tell)


def held(found: Place) -> dict[str, Any]:
    """All that stands in a place, to be compared."""
    with found.state.reading() as rows, found.books.reading() as books:
        found_in = {table.name: content_of(rows, table) for table in tables()}
        found_in |= {table.name: content_of(books, table) for table in BOOKS}
    envelopes = {name: found.shelf.read(name) for name in found.shelf.names()}
    return {
        "tables": found_in,
        "envelopes": envelopes,
        "heads": {one: found.heads.read(one) for one in found.heads.run_ids()},
    }


def booking(number: int) -> Booking:
    """One of several invoices."""
    return Booking(
        document_digest=f"{number}" * 64,
        file=f"{number}.pdf",
        vendor="Harbour Paper Ltd",
        invoice_number=f"HP-{number}",
        date="2026-01-01",
        currency="EUR",
        net=None,
        tax=None,
        total=Decimal(number + 1),
        category=None,
        lines=(),
    )
