"""What a caller's type checker sees of stages and flows. Never run: read by basedpyright in strict mode.

A line with an `ignore` must be an error: where the error disappears, the needless `ignore` is one.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from typing import assert_type

from prefect import Flow
from prefect.futures import PrefectFuture, PrefectFutureList

from blocks.durable import GIVEN, each, flow, stage
from blocks.providers.language_model import LanguageModel


class Text:
    """Some typed value; only its name matters here."""


class Item:
    """Something with a name."""

    name: str = "item"


@stage(version=1)
def read(path: str, pages: int = 1, *, model: LanguageModel = GIVEN) -> Text:
    """A durable stage."""
    raise NotImplementedError


@stage(version=2, weight="light", retries=3, retry_delay=0.5)
def count(text: Text) -> int:
    """A light stage."""
    raise NotImplementedError


@stage(version=1)
def find(text: Text) -> str | None:
    """A stage whose answer may be None."""
    raise NotImplementedError


@stage(version=1)
def note(text: Text) -> None:
    """A stage without an answer."""


def calls() -> None:
    """The answer has the type of the function, and the arguments are checked."""
    assert_type(read("a.pdf"), Text)
    assert_type(read("a.pdf", 2), Text)
    assert_type(read(path="a.pdf", pages=2), Text)
    assert_type(count(read("a.pdf")), int)
    assert_type(find(read("a.pdf")), str | None)
    assert_type(note(read("a.pdf")), None)
    assert_type(read.fn("a.pdf"), Text)


def submitted() -> None:
    """Futures know what they will hold, and may be arguments."""
    future = read.submit("a.pdf")
    assert_type(future, PrefectFuture[Text])
    assert_type(future.result(), Text)
    assert_type(count.submit(future).result(), int)
    assert_type(read.map(["a.pdf", "b.pdf"]), PrefectFutureList[Text])
    assert_type(count.map(read.map(["a.pdf"])).result(), list[int])


def wrong_calls() -> None:
    """Each of these is an error before anything runs."""
    read()  # pyright: ignore[reportCallIssue]
    read(1)  # pyright: ignore[reportArgumentType]
    read("a.pdf", "2")  # pyright: ignore[reportArgumentType]
    read("a.pdf", 2, 3)  # pyright: ignore[reportCallIssue]
    read("a.pdf", sheets=2)  # pyright: ignore[reportCallIssue]
    count("a.pdf")  # pyright: ignore[reportArgumentType]
    count(read)  # pyright: ignore[reportArgumentType]
    count(read.submit("a.pdf"))  # pyright: ignore[reportArgumentType]
    find(read("a.pdf")).upper()  # pyright: ignore[reportOptionalMemberAccess]


def wrong_uses_of_an_answer() -> None:
    """An answer is used as what it is."""
    number: int = read("a.pdf")  # pyright: ignore[reportAssignmentType]
    text: str = count(Text())  # pyright: ignore[reportAssignmentType]
    promise: str = count.submit(Text()).result()  # pyright: ignore[reportAssignmentType]
    print(number, text, promise)


def wrong_stages() -> None:
    """The options of a stage are checked."""

    @stage()  # pyright: ignore[reportCallIssue, reportUntypedFunctionDecorator]
    def unversioned(text: Text) -> int:
        raise NotImplementedError

    @stage(version="1")  # pyright: ignore[reportArgumentType]
    def misversioned(text: Text) -> int:
        raise NotImplementedError

    @stage(version=1, weight="heavy")  # pyright: ignore[reportArgumentType]
    def misweighed(text: Text) -> int:
        raise NotImplementedError

    print(unversioned, misversioned, misweighed)


@flow
def process(paths: list[str], loud: bool = False) -> list[int]:
    """A flow over files."""

    def one(item: Item) -> int:
        return count(read(item.name))

    def failed(item: Item, error: Exception) -> int:
        return -1

    numbers = each([Item()], one, failed=failed)
    assert_type(numbers, list[int])
    assert_type(each([Item()], one, failed=failed, then=str), str)
    return numbers


def flows() -> None:
    """A flow keeps the types of its function."""
    kept: Flow[..., list[int]] = process
    assert_type(kept(["a.pdf"]), list[int])
    assert_type(process(["a.pdf"]), list[int])
    process("a.pdf")  # pyright: ignore[reportArgumentType]
    process(["a.pdf"], quiet=True)  # pyright: ignore[reportCallIssue]


def wrong_items(item: Item) -> None:
    """`each` wants items with a name, and one type of value."""

    def one(given: Item) -> int:
        return len(given.name)

    def failed(given: Item, error: Exception) -> str:
        return given.name

    each([1], one, failed=failed)  # pyright: ignore[reportArgumentType]
    each([item], one)  # pyright: ignore[reportCallIssue]
