"""What a signed ledger costs: while it grows, and when a long one is checked.

    python -m tests.benchmarks.ledger [EVENTS]

Makes a ledger of EVENTS events (default 1,000,000) in a temporary folder, in one run of stages with their rows and
answers, signs it, and measures
    check      `holdfast ledger verify`: chain, tree, heads and the rows that the events speak of
    export     writing it as JSON lines
    offline    `python -m blocks.state.verify` over the export
each in a process of its own: seconds of wall time, and the most memory it held. Then it measures what the heads
add to a light stage.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.durable.anchor import SignedHeads
from blocks.durable.scope import Scope, working_for
from blocks.state.chain import GENESIS, event_hash
from blocks.state.database import StateDatabase
from blocks.state.head_shelf import HeadFolder
from blocks.state.heads import MARK_DIGITS
from blocks.state.merkle import Frontier
from blocks.state.signing import KeyRing
from blocks.state.tables import events, run_stages, runs, stages

RUN, EVERY, BATCH, LIGHT = "00000000-0000-4000-8000-000000000001", 100, 10_000, 2000
ROOT = Path(__file__).parents[2]


def main(count: int) -> int:
    """Measure a ledger of *count* events and print the table."""
    with tempfile.TemporaryDirectory(prefix="holdfast-ledger-") as made:
        folder = Path(made)
        _fill(folder, count)
        size = (folder / "state.db").stat().st_size / 1e6
        print(
            f"{count:,} events, {count // EVERY:,} heads, database of {size:,.0f} MB\n\nrow         seconds     MB"
        )
        for row in ("check", "export", "offline"):
            seconds, megabytes = _in_a_process(row, folder)
            print(f"{row:<10} {seconds:8.1f} {megabytes:6.0f}")
    _print_light_stages()
    return 0


def _fill(folder: Path, count: int) -> None:
    """Write rows as the commit path does, but in large transactions."""
    state = StateDatabase(f"sqlite:///{folder / 'state.db'}")
    state.prepare()
    shelf, key, tree = HeadFolder(folder / "heads"), KeyRing(folder / "keys").signing(), Frontier()
    facts = {"flow": "f", "name": "a long run", "profile": "laptop", "tenant": "default"}
    with state.writing() as connection:
        row = {**facts, "run_id": RUN, "state": "running", "events": 0, "head": GENESIS, "started_at": 0}
        connection.execute(runs.insert().values(row))
    marks: list[str] = []
    previous, rows = GENESIS, list[dict[str, Any]]()
    for event in _told(count, facts):
        hash_ = event_hash(RUN, event["seq"], event["at"], event["kind"], event["body"], previous)
        rows.append({**event, "previous": previous, "hash": hash_})
        previous = hash_
        tree.add(bytes.fromhex(hash_))
        marks.append(hash_[:MARK_DIGITS])
        if tree.size % EVERY == 0 or tree.size == count:
            shelf_head = key.sign(RUN, tree.size, tree.root().hex(), hash_, event["at"], "".join(marks))
            _quietly(shelf, shelf_head)
            marks.clear()
        if len(rows) == BATCH or tree.size == count:
            _write(state, rows)
            rows.clear()
    shelf.publish(key.key_id, next((folder / "keys").glob("*.pub")).read_bytes())
    state.close()


def _quietly(shelf: HeadFolder, head: Any) -> None:
    """Append without waiting for the disk ten thousand times."""
    file = shelf.folder / f"{RUN}.jsonl"
    shelf.folder.mkdir(exist_ok=True)
    with file.open("ab") as out:
        out.write(head.line() + b"\n")


def _told(count: int, facts: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The events of a run of light stages, one for each page."""
    for seq in range(1, count + 1):
        is_first = seq == 1
        body: dict[str, Any] = facts if is_first else _done(seq - 1)
        kind, at = "run.started" if is_first else "stage.done", 1_700_000_000_000_000 + seq
        yield {"run_id": RUN, "seq": seq, "at": at, "kind": kind, "body": canonical_bytes(body).decode()}


def _answer(number: int) -> bytes:
    return canonical_bytes({"number": number, "text": f"page {number} " * 20})


def _done(number: int) -> dict[str, Any]:
    key, output = digest_of(f"key {number}".encode()), digest_of(_answer(number))
    told = {
        "cost_nano_usd": 0,
        "duration_us": 900,
        "fence": 1,
        "key": key,
        "ordinal": number,
        "output": output,
    }
    return {**told, "stage": "read_page", "subject": "a document.pdf"}


def _write(state: StateDatabase, rows: list[dict[str, Any]]) -> None:
    numbers = [row["seq"] - 1 for row in rows if row["kind"] == "stage.done"]
    done = {number: _done(number) for number in numbers}
    with state.writing(lasting=False) as connection:
        connection.execute(events.insert(), rows)
        last = {"events": rows[-1]["seq"], "head": rows[-1]["hash"]}
        connection.execute(runs.update().where(runs.c.run_id == RUN).values(last))
        connection.execute(stages.insert(), [_stage_row(number, done[number]) for number in numbers])
        entered = [
            {
                "run_id": RUN,
                "ordinal": n,
                "key": done[n]["key"],
                "subject": done[n]["subject"],
                "reused": False,
            }
            for n in numbers
        ]
        connection.execute(run_stages.insert(), entered)


def _stage_row(number: int, told: dict[str, Any]) -> dict[str, Any]:
    answer = _answer(number)
    row = {"key": told["key"], "tenant": "default", "stage": "read_page", "version": 1, "weight": "light"}
    row |= {"state": "done", "fence": 1, "attempts": 1, "inputs": "{}", "claimed_at": 0, "done_at": 0}
    return row | {
        "output": answer, "output_digest": told["output"], "output_bytes": len(answer), "duration_us": 900,
        "cost_nano_usd": 0,
    }  # fmt: skip


def _in_a_process(row: str, folder: Path) -> tuple[float, float]:
    started = time.perf_counter()
    line = [sys.executable, "-m", "tests.benchmarks.ledger", f"--{row}", str(folder)]
    if row == "offline":
        line = [sys.executable, "-m", "blocks.state.verify", str(folder / "export.jsonl")]
        line += ["--head", str(folder / "heads")]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE)
    output = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(output.decode())
    return time.perf_counter() - started, used.ru_maxrss / 1024


def _part(row: str, folder: Path) -> int:
    from blocks.state.audit import audit, events_of, snapshot
    from blocks.state.export import write_export

    state = StateDatabase(f"sqlite:///{folder / 'state.db'}")
    keys = KeyRing(folder / "keys").trusted()
    if row == "--check":
        shelf = HeadFolder(folder / "heads")
        report = audit(state, {run_id: shelf.read(run_id) for run_id in shelf.run_ids()}, keys)
        print(report.facts())
        return 0 if report.ok and not report.unsigned else 1
    with snapshot(state) as connection, (folder / "export.jsonl").open("w") as out:
        write_export(out, events_of(connection), run_id=None, key_ids=keys.ids)
    return 0


def _print_light_stages() -> None:
    """What heads add to a light stage, told by the time spent in them: two runs side by side differ by more."""
    from blocks.durable import stage
    from tests.worlds.laptop import enter, open_laptop
    from tests.worlds.ledgers import sign

    @stage(version=1, weight="light")
    def light(number: int) -> int:
        return number

    with tempfile.TemporaryDirectory(prefix="holdfast-ledger-") as made:
        world = open_laptop(Path(made))
        heads = sign(world, Path(made), every_events=EVERY)
        enter(world)
        spent = _watched(heads)
        started = time.perf_counter()
        with working_for(Scope("run-1", "a document")):
            for number in range(LIGHT):
                light(number)
        whole = time.perf_counter() - started
        world.leave()
    share = spent[0] / whole * 100
    print(
        f"\na light stage {whole / LIGHT * 1e3:.2f} ms, of which heads {spent[0] / LIGHT * 1e6:.0f} us: {share:.1f} %"
    )


def _watched(heads: SignedHeads) -> list[float]:
    """Let *heads* add up the seconds that they take."""
    spent, grown = [0.0], heads.grown

    def timed(run_id: str, seq: int) -> None:
        started = time.perf_counter()
        grown(run_id, seq)
        spent[0] += time.perf_counter() - started

    heads.grown = timed
    return spent


if __name__ == "__main__":
    if sys.argv[1:2] in (["--check"], ["--export"]):
        sys.exit(_part(sys.argv[1], Path(sys.argv[2])))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
