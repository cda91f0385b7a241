"""What Prefect keeps of a stage: a receipt out of our rows. No record of another kind is ever read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect.results import ResultRecord, ResultRecordMetadata
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH
from pydantic import ValidationError

from blocks.durable import flow, receipt, stage
from blocks.durable.call import Call
from blocks.durable.receipt import SERIALIZER, NotRecorded, ReceiptSerializer, ReceiptStore
from blocks.durable.world import World
from tests.worlds.counting import bodies, body_ran, count_in

pytestmark = pytest.mark.usefixtures("prefect_server")
STRANGE = [
    {"metadata": {"storage_key": "KEY", "serializer": {"type": "pickle"}}, "result": "never decoded"},
    {
        "metadata": {"storage_key": "KEY", "serializer": {"type": "json"}},
        "result": '{"__class__":"some.Class"}',
    },
    {"metadata": {"storage_key": "KEY", "serializer": {"type": SERIALIZER}}, "result": "9"},
]


@stage(version=1)
def answer(number: int) -> int:
    """Counts its body."""
    body_ran("answer")
    return number * 2


@flow
def answering(number: int) -> int:
    """One stage."""
    return answer(number)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """A task remembers what it just found; here it must read."""
    receipt.remember("", None)


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


def call_of(made: World, number: int) -> Call:
    """The call as the stage makes it."""
    return answer._shape.call(made, (number,), {})


def test_a_receipt_tells_what_is_recorded_and_never_holds_the_answer(laptop: World, counts: Path):
    answering(21)
    key = call_of(laptop, 21).key
    record = json.loads(ReceiptStore().read_path(key))
    told = json.loads(record["result"])
    assert record["metadata"]["serializer"] == {"type": SERIALIZER}
    assert set(told) == {"stage", "key", "output_digest", "bytes", "seconds", "cost_usd"}
    assert (told["stage"], told["key"]) == ("answer", key)


def test_prefect_can_read_a_receipt_and_finds_the_answer(laptop: World, counts: Path):
    answering(21)
    stored = ReceiptStore().read_path(call_of(laptop, 21).key)
    assert ResultRecord[Any].deserialize(stored).result == 42


@pytest.mark.parametrize("record", STRANGE, ids=lambda record: record["metadata"]["serializer"]["type"])
@pytest.mark.parametrize("before", [True, False], ids=["before the run", "after the run"])
def test_a_record_that_is_not_ours_is_never_read(
    laptop: World, counts: Path, tmp_path: Path, record: dict[str, Any], before: bool
):
    key = call_of(laptop, 5).key
    text = json.dumps(record).replace("KEY", key)
    places = [tmp_path / "artifacts" / key[:2] / key, Path(PREFECT_LOCAL_STORAGE_PATH.value()) / key]
    if not before:
        assert answering(5) == 10
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    assert [answering(5), answering(5)] == [10, 10]
    assert bodies(counts) == {"answer": 1}


@pytest.mark.parametrize("record", STRANGE, ids=lambda record: record["metadata"]["serializer"]["type"])
def test_what_is_written_through_prefect_is_not_kept(laptop: World, counts: Path, record: dict[str, Any]):
    store, key = ReceiptStore(), call_of(laptop, 1005).key
    with pytest.raises(NotRecorded):
        store.write_path(key, json.dumps(record).encode())
    answering(1005)
    before = store.read_path(key)
    store.write_path(key, json.dumps(record).encode())
    assert store.read_path(key) == before


@pytest.mark.parametrize(
    "blob",
    [
        b"", b"recorded", b"9", b"null", b"[]", b"{}", b"\x80\x05K\x09.", b'{"__class__": "some.Class"}',
        b'{"stage":"answer","key":"k","output_digest":"d","bytes":1,"seconds":0,"cost_usd":"0","more":1}',
    ],
    ids=repr,
)  # fmt: skip
def test_only_a_receipt_is_read(laptop: World, blob: bytes):
    with pytest.raises(ValidationError):
        ReceiptSerializer().loads(blob)


def receipt_of(**changed: Any) -> bytes:
    """A receipt of something."""
    told = {"stage": "answer", "key": "k", "output_digest": "d", "bytes": 1, "seconds": 0, "cost_usd": "0"}
    return json.dumps({**told, **changed}).encode()


def test_a_forged_receipt_leads_to_no_answer(laptop: World, counts: Path):
    with pytest.raises(KeyError):
        ReceiptSerializer().loads(receipt_of(key="0" * 64))
    with pytest.raises(NotRecorded, match="not imported"):
        ReceiptSerializer().loads(receipt_of(stage="os.system"))


def test_a_receipt_with_another_digest_gives_what_is_recorded(laptop: World, counts: Path):
    answering(21)
    told = receipt_of(key=call_of(laptop, 21).key, output_digest="0" * 64)
    assert ReceiptSerializer().loads(told) == 42


def test_a_value_leaves_no_trace_in_what_prefect_is_given(laptop: World):
    assert ReceiptSerializer().dumps({"secret": "a name"}) == b"recorded"


def test_no_result_of_a_stage_stands_in_prefects_own_folder(counts: Path, open_world: Callable[..., World]):
    folder = Path(PREFECT_LOCAL_STORAGE_PATH.value())
    before = set(folder.rglob("*"))
    answering(77)
    assert set(folder.rglob("*")) == before


def test_a_record_of_prefect_is_what_this_was_written_for():
    assert {"storage_key", "serializer"} <= set(ResultRecordMetadata.model_fields)
