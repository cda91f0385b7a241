"""Hostile bytes in every place where a record is stored: refused by name or never read, and nothing of them runs."""

import base64
import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.results import ResultRecord, ResultStore
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH
from pydantic import ValidationError
from sqlalchemy import select, update

from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal
from blocks.artifacts.store import ArtifactMissing, StoreUnavailable
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import history, proof, receipt, rescue
from blocks.durable.commit import look_up, read_recorded
from blocks.durable.damage import ResultCorrupt
from blocks.durable.receipt import SERIALIZER, NotRecorded, ReceiptSerializer, ReceiptStore
from blocks.durable.scope import current
from blocks.durable.world import World
from blocks.state import verify
from blocks.state.head_shelf import HeadFolder
from blocks.state.signing import KeyUnusable, read_public_key
from blocks.state.tables import stages
from tests.worlds import hostile
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN, laptop, open_world
from tests.worlds.ledgers import check, close_run, sign
from tests.worlds.stages import Page, large, small
from tests.worlds.trials import MakeSweep
from tests.worlds.watchman import RanWhileReading, watching

__all__ = ["laptop", "open_world"]
PAYLOADS = hostile.payloads()
Read = Callable[..., Any]


@pytest.fixture
def bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a bomb would leave its mark."""
    monkeypatch.setenv(hostile.MARK, str(tmp_path / "mark"))
    return tmp_path / "mark"


@pytest.fixture
def recorded(laptop: World, tmp_path: Path, bomb: Path) -> Iterator[World]:
    """A world in which a small and a large answer are recorded and were read once, so that all is imported."""
    sign(laptop, tmp_path)
    count_in(tmp_path / "bodies.txt")
    small(1)
    large(2)
    for codec in ("utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):  # json knows them
        "".encode(codec)
    for read in readers(laptop, "small") + readers(laptop, "large"):
        read()
    yield laptop
    assert bodies(tmp_path / "bodies.txt") == {"small-1": 1, "large-2": 1}
    assert not bomb.exists()


def row_of(made: World, stage: str) -> Any:
    """The row of a stage."""
    with made.state.reading() as connection:
        return connection.execute(select(stages).where(stages.c.stage == stage)).one()


def readers(made: World, stage: str) -> list[Read]:
    """Every way to the answer of a stage: the stage, the look-up, the record, the history and Prefect's receipt."""
    key, fn = row_of(made, stage).key, {"small": small, "large": large}[stage]
    number = {"small": 1, "large": 2}[stage]
    call = fn._shape.call(made, (number,), {})
    return [
        lambda: fn(number),
        lambda: look_up(made, current(), call),
        lambda: read_recorded(made, key),
        lambda: history.stage_at(RUN, number),
        lambda: through_prefect(key),
    ]


def through_prefect(key: str) -> Any:
    """What Prefect's own reader of results makes of a stage that this task has not looked up yet."""
    receipt.remember("", None)
    results = ResultStore(result_storage=ReceiptStore(), serializer=ReceiptSerializer())
    return results.read(key).result


def refusal_of(read: Read, *arguments: Any) -> Exception:
    """The error that *read* ends with. Fails where it gives a value, or where anything ran on the way."""
    with watching() as ran:
        try:
            value = read(*arguments)
        except Exception as error:
            refused = error
        else:
            raise AssertionError(f"it was read: {value!r:.200}")
    assert ran == []
    return refused


def watched(read: Read, *arguments: Any) -> Any:
    """What *read* gives. Fails where anything ran on the way."""
    with watching() as ran:
        value = read(*arguments)
    assert ran == []
    return value


def test_the_watchman_stops_what_runs_while_something_is_read(bomb: Path):
    attacks: list[Read] = [
        lambda: pickle.loads(PAYLOADS["pickle 4"]),  # noqa: S301
        lambda: pickle.loads(PAYLOADS["pickle of a command"]),  # noqa: S301
        lambda: __import__("antigravity"),
        lambda: eval("1 + 1"),  # noqa: S307
        lambda: compile("1", "x", "eval"),
    ]
    for attack in attacks:
        with watching() as ran, pytest.raises(RanWhileReading):
            attack()
        assert ran
    assert not bomb.exists()
    pickle.loads(PAYLOADS["pickle 4"])  # noqa: S301  nobody watches, so the bomb is seen to be one
    assert bomb.exists()


def test_prefects_own_reader_is_caught_with_a_hostile_record(bomb: Path):
    record = result_record("some key", {"type": "pickle"}, PAYLOADS["pickle in base64"])
    with watching() as ran, pytest.raises(RanWhileReading):
        ResultRecord[Any].deserialize(record)
    assert ran
    assert not bomb.exists()


class ArtifactPlace:
    """The file of an artifact, and what can be put there instead."""

    def __init__(self, folder: Path) -> None:
        (self.file,) = (path for path in (folder / "artifacts").rglob("*") if path.is_file())
        self.whole, self.folder = self.file.read_bytes(), self.file.parent

    def holds(self, data: bytes) -> None:
        """Put *data* there."""
        self.clear()
        self.folder.mkdir()
        self.file.write_bytes(data)

    def clear(self) -> None:
        """Take everything away."""
        if self.folder.is_symlink() or self.folder.is_file():
            self.folder.unlink()
        elif self.folder.exists():
            shutil.rmtree(self.folder)


def put_folder_for_file(place: ArtifactPlace) -> None:
    """A folder under the name of the artifact."""
    place.holds(b"")
    place.file.unlink()
    place.file.mkdir()


def put_file_for_folder(place: ArtifactPlace) -> None:
    """A file where the folder should be."""
    place.clear()
    place.folder.write_bytes(place.whole)


def put_link_for_folder(place: ArtifactPlace) -> None:
    """A link to another folder, with a pickle in it under the right name."""
    place.clear()
    elsewhere = place.folder.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / place.file.name).write_bytes(PAYLOADS["pickle 4"])
    place.folder.symlink_to(elsewhere)


def put_link_for_file(place: ArtifactPlace) -> None:
    """A link to a program."""
    place.holds(b"")
    place.file.unlink()
    place.file.symlink_to(__file__)


def put_link_to_nothing(place: ArtifactPlace) -> None:
    """A link to a file that is not there."""
    place.holds(b"")
    place.file.unlink()
    place.file.symlink_to(place.folder / "nothing")


def put_link_to_itself(place: ArtifactPlace) -> None:
    """A link that leads round and round."""
    place.holds(b"")
    place.file.unlink()
    place.file.symlink_to(place.file)


LINKS = (
    put_folder_for_file,
    put_file_for_folder,
    put_link_for_folder,
    put_link_for_file,
    put_link_to_nothing,
    put_link_to_itself,
)


def hostile_artifacts(digest: str, data: bytes) -> dict[str, Callable[[ArtifactPlace], None]]:
    """By name, what puts each hostile record in the place of an artifact."""
    other = seal(Content(b"another", "text/plain"), digest_of(b"another"))
    stored = {f"{name}, bare": payload for name, payload in PAYLOADS.items()}
    stored |= {
        f"{name}, in an envelope": hostile.envelope(payload, digest) for name, payload in PAYLOADS.items()
    }
    stored |= hostile.envelopes(digest, data, other)
    puts = {name: (lambda place, content=content: place.holds(content)) for name, content in stored.items()}
    return puts | {put.__name__: put for put in LINKS}


def test_a_hostile_artifact_is_refused_by_name_and_nothing_runs(
    recorded: World, tmp_path: Path, sweep: MakeSweep
):
    row, place = row_of(recorded, "large"), ArtifactPlace(tmp_path)
    puts = hostile_artifacts(row.output_digest, recorded.artifacts.get(row.output_digest))
    assert len(puts) > 120
    for trial in sweep("hostile records in the artifact store", over=list(puts), few=len(puts)):
        with trial:
            puts[trial.point](place)
            for read in readers(recorded, "large"):
                error = refusal_of(read)
                assert isinstance(error, ArtifactCorrupt | ArtifactMissing | StoreUnavailable), repr(error)
    place.holds(place.whole)
    assert large(2).number == 2


def test_a_hostile_record_in_the_place_of_a_held_answer_is_refused_and_nothing_runs(
    recorded: World, tmp_path: Path, sweep: MakeSweep
):
    key = "a" * 64
    slot, honest = rescue.slot_of(key), rescue.Answer(b"42", 1, 1)
    assert rescue.keep(recorded, key, honest)
    assert watched(rescue.find, recorded, key) == honest
    file = tmp_path / "artifacts" / slot[:2] / slot
    what = "hostile records in the place of answers that wait for their commit"
    for trial in sweep(what, over=list(PAYLOADS), few=len(PAYLOADS)):
        with trial:
            payload = PAYLOADS[trial.point]
            for stored in (payload, hostile.envelope(payload, digest_of(honest.data))):
                file.write_bytes(stored)
                assert isinstance(refusal_of(rescue.find, recorded, key), ArtifactCorrupt)


def overwrite(made: World, stage: str, **values: Any) -> None:
    """Change the row of a stage behind the back of everybody."""
    with made.state.writing() as connection:
        connection.execute(update(stages).where(stages.c.stage == stage).values(**values))


def test_a_hostile_answer_in_a_row_is_refused_by_name_and_nothing_runs(recorded: World, sweep: MakeSweep):
    for trial in sweep("hostile records in the rows of stages", over=list(PAYLOADS), few=len(PAYLOADS)):
        with trial:
            overwrite(recorded, "small", output=PAYLOADS[trial.point])
            for read in readers(recorded, "small"):
                assert isinstance(refusal_of(read), ResultCorrupt)


def test_a_hostile_answer_with_its_own_digest_is_no_answer_and_nothing_runs(
    recorded: World, sweep: MakeSweep
):
    what = "hostile records in rows, with their own digests"
    for trial in sweep(what, over=list(PAYLOADS), few=len(PAYLOADS)):
        with trial:
            payload = PAYLOADS[trial.point]
            overwrite(recorded, "small", output=payload, output_digest=digest_of(payload))
            by_stage, _, _, _, by_prefect = readers(recorded, "small")
            for read in (by_stage, by_prefect):
                assert isinstance(refusal_of(read), ValidationError | HoldfastError)


def result_record(key: str, serializer: Any, payload: bytes) -> bytes:
    """A result record as Prefect writes it."""
    metadata = {"storage_key": key, "serializer": serializer}
    return json.dumps({"metadata": metadata, "result": payload.decode("latin-1")}).encode()


SERIALIZERS: tuple[Any, ...] = (
    {"type": "pickle"},
    {"type": "pickle", "picklelib": "cloudpickle"},
    {"type": "pickle", "picklelib": "tests.worlds.hostile"},
    {"type": "compressed/pickle"},
    {"type": "compressed", "compressionlib": "tests.worlds.hostile", "serializer": {"type": "pickle"}},
    {"type": "json"},
    {"type": "json", "jsonlib": "tests.worlds.hostile", "object_decoder": "tests.worlds.hostile.Bomb"},
    {"type": "tests.worlds.hostile.Bomb"},
    {"type": SERIALIZER},
    {"type": SERIALIZER, "more": "pickle"},
    "pickle",
    None,
)


def hostile_records(key: str) -> dict[str, bytes]:
    """Result records of Prefect that name other serializers, and whatever else may lie under a key."""
    pickled = PAYLOADS["pickle in base64"]
    named = {f"serializer {named}": result_record(key, named, pickled) for named in SERIALIZERS}
    return named | PAYLOADS


def test_a_hostile_result_record_of_prefect_is_never_read(recorded: World, tmp_path: Path, sweep: MakeSweep):
    key = row_of(recorded, "small").key
    records, honest = hostile_records(key), watched(ReceiptStore().read_path, key)
    places = [tmp_path / "artifacts" / key[:2] / key, Path(PREFECT_LOCAL_STORAGE_PATH.value()) / key]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
    for trial in sweep("hostile result records of Prefect", over=list(records), few=len(records)):
        with trial:
            for place in places:
                place.write_bytes(records[trial.point])
            watched(ReceiptStore().write_path, key, records[trial.point])
            assert watched(ReceiptStore().read_path, key) == honest
            for read in readers(recorded, "small"):
                watched(read)
            assert watched(through_prefect, key) == Page(number=1, text="a few words")
    places[1].unlink()


def test_a_hostile_receipt_leads_to_no_answer_and_nothing_runs(recorded: World, sweep: MakeSweep):
    receipts = hostile_records("0" * 64) | {
        "a stage by module": receipt_of(stage="os.system"),
        "a stage by file": receipt_of(stage="../../tests/worlds/hostile.py"),
        "a key that is a path": receipt_of(key="../../../etc/passwd"),
        "a key that is SQL": receipt_of(key="' OR 1=1 --"),
        "more than a receipt": receipt_of(value="9"),
    }
    for trial in sweep("hostile receipts", over=list(receipts), few=len(receipts)):
        with trial:
            error = refusal_of(ReceiptSerializer().loads, receipts[trial.point])
            assert isinstance(error, ValidationError | NotRecorded | KeyError), repr(error)


def receipt_of(**changed: Any) -> bytes:
    """A receipt of a stage that is imported, and of nothing that is recorded."""
    told = {
        "stage": "small",
        "key": "0" * 64,
        "output_digest": "0" * 64,
        "bytes": 1,
        "seconds": 0,
        "cost_usd": "0",
    }
    return json.dumps({**told, **changed}).encode()


def lines() -> dict[str, bytes]:
    """The hostile payloads as one line each."""
    return {
        name: payload.replace(b"\n", b" ") + b"\n" for name, payload in PAYLOADS.items() if "deep" not in name
    }


def heads_like(line: bytes) -> dict[str, bytes]:
    """Heads with one hostile field, made from a sound one."""
    facts = json.loads(line)
    changes: dict[str, dict[str, Any]] = {
        "a size below zero": {"size": -1},
        "a size that is no number": {"size": float("nan")},
        "a size of 4000 digits": {"size": 10**4000},
        "a size that is true": {"size": True},
        "a root by class": {"root": {"__class__": "os.system"}},
        "marks of letters": {"marks": "zz" * 40},
        "a signature of letters": {"signature": "pickle"},
        "a signature of nothing": {"signature": ""},
        "a key that is a path": {"key_id": "../../ledger.key"},
        "a slot of a class": {"__class__": "os.system"},
    }
    return {name: json.dumps({**facts, **change}).encode() + b"\n" for name, change in changes.items()}


def test_a_hostile_line_among_the_heads_is_no_head_and_nothing_runs(
    recorded: World, tmp_path: Path, sweep: MakeSweep
):
    close_run(recorded, RUN)
    file = tmp_path / "heads" / f"{RUN}.jsonl"
    sound = file.read_bytes()
    assert check(recorded).ok
    added = lines() | heads_like(sound.splitlines()[0])
    for trial in sweep("hostile lines among the heads", over=list(added), few=len(added)):
        with trial:
            file.write_bytes(sound + added[trial.point])
            kept = watched(recorded.heads.kept, RUN)[RUN]
            report = watched(check, recorded)
            assert report.heads == len(sound.splitlines())
            assert kept.torn + kept.damaged + len(report.findings) > 0
            watched(recorded.heads.kept)
            watched(HeadFolder(file.parent).last, RUN)
            watched(verify.kept_in, [file])


def events_like(line: str) -> dict[str, bytes]:
    """Exported events with one hostile field, made from a sound one."""
    facts = json.loads(line)
    changes: dict[str, dict[str, Any]] = {
        "a number of 4000 digits": {"seq": 10**4000},
        "a time of 4000 digits": {"at": 10**4000},
        "a number that is no number": {"seq": float("nan")},
        "a body by class": {"body": {"__class__": "os.system"}},
        "a body with half a character": {"body": "\ud800"},
        "a run with half a character": {"run_id": "\ud800"},
        "a run that is a number": {"run_id": 7},
        "no run": {"run_id": None},
        "a hash of letters": {"hash": "pickle"},
        "a slot of a class": {"__class__": "os.system"},
        "a field of the tuple": {"_fields": ["run_id"]},
    }
    return {name: json.dumps({**facts, **change}).encode() + b"\n" for name, change in changes.items()}


def test_a_hostile_line_in_an_export_is_found_and_nothing_runs(
    recorded: World, tmp_path: Path, sweep: MakeSweep, capsys: pytest.CaptureFixture[str]
):
    close_run(recorded, RUN)
    file = tmp_path / "export.jsonl"
    with file.open("w") as out:
        proof.export(out)
    sound, call = file.read_bytes(), [str(file), "--head", str(tmp_path / "heads")]
    assert watched(verify.main, call) == 0
    added = lines() | events_like(sound.decode().splitlines()[1])
    for trial in sweep("hostile lines in an export", over=list(added), few=len(added)):
        with trial:
            file.write_bytes(sound + added[trial.point])
            capsys.readouterr()
            assert watched(verify.main, call) == 1
            assert json.loads(capsys.readouterr().out)["ok"] is False
            file.write_bytes(added[trial.point] + sound)
            assert watched(verify.main, call) == 2


def test_a_hostile_key_is_refused_by_name_and_nothing_runs(tmp_path: Path, sweep: MakeSweep, bomb: Path):
    with pytest.raises(KeyUnusable):
        read_public_key(Path(__file__))
    file = tmp_path / "a.pub"
    for trial in sweep("hostile files in the place of a key", over=list(PAYLOADS), few=len(PAYLOADS)):
        with trial:
            pem = b"-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
            for content in (PAYLOADS[trial.point], pem % base64.b64encode(PAYLOADS[trial.point])):
                file.write_bytes(content)
                assert isinstance(refusal_of(read_public_key, file), KeyUnusable)
    assert not bomb.exists()
