"""One quiet Prefect server: started once, kept, found again, and stopped without hurting anybody else."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments import local_server
from deployments.approval_page import APPROVAL_PAGE
from deployments.local_server import keeper, process, record
from deployments.local_server.errors import DiskFull, HomeNotWritable, PortTaken, ServerDied
from deployments.sweeper import SWEEPER

HOLDFAST = [sys.executable, "-c", "from deployments.console import main; main()"]
ROOT = Path(__file__).parents[2]

# What a person who uses Prefect elsewhere may have in the shell; none of it may reach our server.
ELSEWHERE = {
    "PREFECT_SERVER_API_HOST": "0.0.0.0",  # noqa: S104  the very setting that must not leak in
    "PREFECT_SERVER_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////nowhere/prefect.db",
    "PREFECT_SERVER_API_AUTH_STRING": "user:password",
    "PREFECT_PROFILE": "cloud",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


def holdfast(home: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*HOLDFAST, *arguments],
        cwd=ROOT,
        env={**os.environ, "HOLDFAST_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a home with späces"
    yield folder
    SWEEPER.stop(folder)  # first, since it keeps the server
    APPROVAL_PAGE.stop(folder)
    local_server.stop(folder)


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, "subprocess.CompletedProcess[str]"]]:
    """A home whose server was started by a command that has ended since."""
    folder = tmp_path_factory.mktemp("kept")
    yield folder, holdfast(folder, "up", "--json", **ELSEWHERE)
    SWEEPER.stop(folder)  # first, since it keeps the server
    APPROVAL_PAGE.stop(folder)
    local_server.stop(folder)


def test_up_ends_and_its_server_goes_on(kept):
    folder, up = kept
    assert up.returncode == 0, up.stderr
    facts = json.loads(up.stdout)
    assert facts["state"] == "running"
    assert local_server.look(folder)[0] == "running"
    assert os.getsid(facts["pid"]) == facts["pid"], (
        "it has a session of its own, so no terminal takes it along"
    )


def test_up_prints_no_warning_and_no_traceback(kept):
    assert kept[1].stderr.splitlines() == ["Starting the local Prefect server ..."]


def test_the_page_is_served_and_looks_for_its_own_server(kept):
    _, found = local_server.look(kept[0])
    assert found is not None
    answer = _get(found.port, "/ui-settings")
    assert json.loads(answer.read())["api_url"] == found.api_url


def test_the_server_listens_on_the_loopback_address_alone(kept):
    _, found = local_server.look(kept[0])
    assert found is not None
    assert _listening(found.port) == {"127.0.0.1"}


def test_settings_of_a_prefect_elsewhere_stay_out(kept):
    _, found = local_server.look(kept[0])
    assert found is not None
    served = local_server.settings_served(found.port)
    assert Path(served["home"]) == kept[0] / "prefect"
    assert served["server"]["api"]["host"] == "127.0.0.1"
    assert served["server"]["api"]["auth_string"] is None
    assert served["server"]["analytics_enabled"] is False


def test_other_web_pages_may_not_read_the_api(kept):
    _, found = local_server.look(kept[0])
    assert found is not None
    answer = _get(found.port, "/api/health", Origin="http://elsewhere.example")
    assert answer.status == 200
    assert answer.headers.get("access-control-allow-origin") is None


def test_a_second_up_finds_the_first_server(kept):
    again = holdfast(kept[0], "up", "--json")
    assert json.loads(again.stdout)["pid"] == json.loads(kept[1].stdout)["pid"]
    assert again.stderr == ""


def test_status_says_that_it_runs(kept):
    told = holdfast(kept[0], "status", "--json")
    assert (told.returncode, json.loads(told.stdout)["state"]) == (0, "running")


def test_another_port_for_a_running_server_is_refused(kept):
    with pytest.raises(PortTaken):
        local_server.begin(kept[0], port=4999)


def test_two_ups_at_once_start_one_server(home: Path):
    calls = [
        subprocess.Popen(
            [*HOLDFAST, "up", "--json"],
            cwd=ROOT,
            env={**os.environ, "HOLDFAST_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(3)
    ]
    pids = {json.loads(call.communicate(timeout=120)[0])["pid"] for call in calls}
    assert len(pids) == 1


def test_a_killed_server_is_noticed_and_started_again_where_it_was(home: Path):
    first = local_server.ensure(home)
    os.kill(first.pid, signal.SIGKILL)
    _until(lambda: local_server.look(home)[0] == "stopped")
    second = local_server.ensure(home)
    assert second.pid != first.pid
    assert second.port == first.port


def test_a_server_that_is_killed_under_a_running_flow_comes_back(home: Path):
    first = local_server.ensure(home)
    with local_server.kept_alive(home, first, look_every_seconds=0.1):
        os.kill(first.pid, signal.SIGKILL)
        _until(lambda: local_server.look(home)[0] == "running", seconds=60)
    state, second = local_server.look(home)
    assert state == "running"
    assert second is not None
    assert (second.port, second.pid == first.pid) == (first.port, False)


def test_down_stops_the_server_and_frees_its_port(home: Path):
    started = local_server.ensure(home)
    assert holdfast(home, "down").returncode == 0
    assert not started.is_alive
    assert local_server.look(home)[0] == "stopped"
    assert holdfast(home, "down").stdout == "No Prefect server of this home was running.\n"


def test_down_leaves_a_stranger_with_the_same_number_alone(home: Path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        home.mkdir()
        record.write_record(home, _record(stranger.pid, started="long ago"))
        assert local_server.look(home)[0] == "stopped"
        assert local_server.stop(home) is None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "\x00\xff"])
def test_a_broken_record_counts_as_none(home: Path, text: str):
    home.mkdir()
    (home / "server.json").write_text(text)
    assert local_server.look(home) == ("stopped", None)
    assert local_server.stop(home) is None


def test_a_port_that_is_taken_leads_to_another(home: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        home.mkdir()
        record.write_record(home, _record(pid=2**22, port=taken))
        with pytest.raises(PortTaken, match=str(taken)):
            local_server.begin(home, port=taken)
        assert local_server.ensure(home).port != taken


def test_a_server_that_dies_at_its_start_is_told_with_the_reason(home: Path):
    (home / "prefect").mkdir(parents=True)
    (home / "prefect" / "prefect.db").write_text("this is no database " * 100)
    with pytest.raises(ServerDied, match="not a database"):
        local_server.ensure(home)
    told = holdfast(home, "up")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert str(home / "server.log") in told.stderr


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeNotWritable):
        local_server.ensure(tmp_path / "file" / "home")


def test_a_full_disk_is_told_before_anything_is_started(home: Path, monkeypatch):
    monkeypatch.setattr(keeper, "NEEDED_MB", 10**9)
    with pytest.raises(DiskFull, match="1000000000 MB are needed"):
        local_server.ensure(home)
    assert not (home / "server.log").exists()


def test_a_server_that_cannot_be_recorded_is_not_left_behind(home: Path):
    (home / "server.json" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"server\.json"):
        local_server.begin(home)
    _until(lambda: not any(str(home) in command for command in _working_folders()))


def test_ctrl_c_reaches_a_server_that_was_started_by_a_script_in_the_background(tmp_path: Path):
    """A script starts `cmd &` with Ctrl-C ignored, and children inherit that; a server must not."""
    started = tmp_path / "started"
    code = f"import time; open({str(started)!r}, 'w').close(); time.sleep(60)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = process.spawn([sys.executable, "-c", code], os.environ, tmp_path / "log")
    finally:
        signal.signal(signal.SIGINT, before)
    _until(started.exists)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=10) != 0


def test_the_empty_tables_are_those_that_prefect_makes_itself(tmp_path: Path):
    """Else Prefect was changed: remake prefect_schema.sql, as seed.py says."""
    from deployments.local_server import seed

    migrate = (
        "import anyio\n"
        "from prefect.server.database.alembic_commands import alembic_upgrade\n"
        "from prefect.utilities.asyncutils import run_sync_in_worker_thread\n"
        "anyio.run(run_sync_in_worker_thread, alembic_upgrade)\n"
    )
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path), "PREFECT_LOGGING_LEVEL": "ERROR"}
    subprocess.run([sys.executable, "-c", migrate], env=environment, check=True, timeout=120)
    assert seed.seed_database(tmp_path / "seeded.db")
    assert _parts(seed.dump_schema(tmp_path / "seeded.db")) == _parts(
        seed.dump_schema(tmp_path / "prefect.db")
    )


def test_a_database_that_is_there_is_left_alone(tmp_path: Path):
    from deployments.local_server import seed

    (tmp_path / "prefect.db").write_bytes(b"mine")
    assert not seed.seed_database(tmp_path / "prefect.db")
    assert (tmp_path / "prefect.db").read_bytes() == b"mine"


def _record(pid: int, *, started: str = "never", port: int = 4200) -> record.Record:
    return record.Record(
        pid=pid,
        started=started,
        command="-m prefect server start",
        port=port,
        url=f"http://127.0.0.1:{port}",
        started_at="2026-01-01T00:00:00+00:00",
    )


def _get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def _parts(schema: str) -> list[str]:
    """The lines of a schema; Prefect's migrations write the constraints of a table in any order."""
    return sorted(part.strip() for part in re.split(r"[\n,]", schema))


def _working_folders() -> list[str]:
    """Where each process of this machine works; a server works in its home."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return found


def _until(holds, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def _listening(port: int) -> set[str]:
    """The addresses on which *port* is listened to, by the system's own table."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            pytest.skip("no table of sockets on this system")
        for line in table.read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            number, _, at = address.partition(":")
            if state == "0A" and int(at, 16) == port:
                found.add(".".join(str(byte) for byte in reversed(bytes.fromhex(number))))
    return found
