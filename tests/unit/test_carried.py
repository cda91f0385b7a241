"""What is carried to another process: stages and tasks by their names, errors with what the run does about them."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from blocks.artifacts.store import StoreUnavailable
from blocks.base.errors import HoldfastError
from blocks.durable import GIVEN, carried, scope, world
from blocks.durable.carried import OtherWorld
from blocks.durable.discretion import concealed
from blocks.durable.recorded_flow import ItemsFailed
from blocks.durable.scope import Scope, Stopping, working_for
from blocks.durable.world import World
from flows.process_invoices import process_invoices
from tasks.read import read_document


def there_and_back(value: object) -> object:
    """What arrives in another process."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301  our own, of a moment ago


@pytest.mark.parametrize("value", [read_document, read_document.task, process_invoices, GIVEN])
def test_what_has_a_name_is_the_same_one_there(value: object):
    assert there_and_back(value) is value


def test_an_error_keeps_its_words_and_what_the_run_does_about_it():
    outage = StoreUnavailable("no answer")
    arrived = there_and_back(ItemsFailed([1, 2], [outage], 2))
    assert isinstance(arrived, ItemsFailed)
    assert (arrived.what, arrived.safe, arrived.next) == (
        ItemsFailed([1, 2], [outage], 2).what,
        outage.safe,
        outage.next,
    )
    assert (arrived.parks, arrived.value) == ("outage", [1, 2])


def test_a_concealed_error_tells_there_only_its_name_and_what_the_run_does_about_it():
    here = concealed(StoreUnavailable("SECRET"))
    arrived = there_and_back(here)
    assert "SECRET" not in repr(vars(arrived))
    original = arrived.original  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(original, HoldfastError)
    assert (original.parks, original.safe, original.next) == (
        "outage",
        StoreUnavailable.safe,
        StoreUnavailable.next,
    )
    assert concealed(original).name == "StoreUnavailable"


def elsewhere(run_id: str, made: World) -> str:
    """Enter what was carried, in a thread that knows nothing of the run; the subject there."""
    with working_for(Scope(run_id, "a document")):
        going_along = carried.here()

    def work() -> str:
        assert scope.run_id() is None
        with going_along.entered():
            return scope.current().subject

    with ThreadPoolExecutor(1) as pool:
        assert world.current() is made
        return pool.submit(work).result()


def test_a_run_that_is_stopping_sends_nothing_more(laptop: World):
    scope.current().stopping.set()
    with pytest.raises(Stopping):
        carried.here()


def test_a_process_that_knows_the_run_works_for_it_and_another_refuses(laptop: World):
    assert elsewhere(scope.current().run_id, laptop) == "a document"
    with pytest.raises(OtherWorld, match="another world"):
        elsewhere("a run of another world", laptop)


def test_a_process_with_another_model_refuses(laptop: World):
    going_along = carried.here()
    laptop.model = "another"

    def work() -> None:
        with going_along.entered():
            pass

    with ThreadPoolExecutor(1) as pool, pytest.raises(OtherWorld):
        pool.submit(work).result()


def test_a_call_with_another_key_there_is_refused(laptop: World):
    going_along = carried.here("a key")
    going_along.check("a key")
    with pytest.raises(OtherWorld):
        going_along.check("another key")
