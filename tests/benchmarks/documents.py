"""What one text-layer invoice costs end to end, beside plain Prefect tasks that do nothing.

    python -m tests.benchmarks.documents [DOCUMENTS]

Starts a server of its own in a temporary home. After a warm-up it measures, in one process:
    plain      as many no-op Prefect tasks as a document has stages, nothing kept
    one        invented invoices, one after the other
    four       other invoices, four side by side
    again      the same as `one` a second time: all stages reused
The figures are milliseconds of wall time and of this process's CPU per document.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deployments import local_server
from deployments.samples.invent import invent
from deployments.samples.layouts import make_invoice

STAGES = 6


def main(count: int) -> int:
    """Measure *count* documents per row and print the table."""
    home = Path(tempfile.mkdtemp(prefix="holdfast-benchmark-"))
    os.environ["HOLDFAST_HOME"] = str(home)
    started = local_server.begin(home)
    local_server.use_client_environment(home, started.record.api_url)
    started.wait()
    try:
        _measure(home, count)
    finally:
        local_server.stop(home)
    return 0


def _measure(home: Path, count: int) -> None:
    from flows.process_invoices import process_invoices

    _run(process_invoices, _documents(home / "warm", range(5)))
    first, second = (
        _documents(home / "one", range(10, 10 + count)),
        _documents(home / "four", range(1000, 1000 + count)),
    )
    rows = {
        "plain": _timed(lambda: _plain(count), count),
        "one": _timed(lambda: _run(process_invoices, first, workers=1), count),
        "four": _timed(lambda: _run(process_invoices, second, workers=4), count),
        "again": _timed(lambda: _run(process_invoices, first, workers=1), count),
    }
    print(
        f"{count} documents a row, {STAGES} stages and one page a document\n\nrow      wall ms   CPU ms   x plain"
    )
    for name, (wall, cpu) in rows.items():
        print(f"{name:<8} {wall:7.1f}  {cpu:7.1f}   {wall / rows['plain'][0]:7.2f}")


def _timed(work: Callable[[], Any], count: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) / count * 1000, (time.process_time() - cpu) / count * 1000


def _documents(folder: Path, seeds: range) -> Path:
    folder.mkdir()
    for seed in seeds:
        (folder / f"{seed}.pdf").write_bytes(make_invoice(invent(seed)))
    return folder


def _run(flow: Any, folder: Path, workers: int = 4) -> None:
    from blocks.durable import world
    from blocks.durable.launch import launch

    world.current().workers = workers
    result = launch(flow, {"files": [str(folder)]})
    if result.error:
        raise result.error


def _plain(count: int) -> None:
    import prefect

    from blocks.durable.launch import launch

    @prefect.task(cache_policy=prefect.cache_policies.NO_CACHE, persist_result=False)
    def nothing(number: int) -> int:
        return number

    @prefect.flow
    def plain() -> int:
        return sum(nothing(number) for number in range(count * STAGES))

    launch(plain, {})


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
