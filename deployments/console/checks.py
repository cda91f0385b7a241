"""The checks of `holdfast doctor`. Each looks at one thing, changes nothing and never raises."""

import contextlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from blocks.base.errors import HoldfastError
from blocks.base.home import home
from deployments import local_server
from deployments.approval_page import APPROVAL_PAGE
from deployments.console.check import Check, Level, safely
from deployments.console.checks_of_servers import database_checks, state_of_server
from deployments.console.past import late
from deployments.local_server import settings_served
from deployments.prefect_api import elsewhere
from deployments.sweeper import SWEEPER

_LOOKED_AT = 50  # runs; where heads are in a bucket, each costs two calls


def all_checks() -> list[Check]:
    """Every check, in the order of a newcomer's day. A check that breaks is a finding, not the end."""
    made = (
        _python,
        _packages,
        _home,
        _disk,
        _server,
        _sweeper,
        _approval_page,
        _access,
        database_checks,
        _state,
        _artifacts,
        _heads,
        _keys,
        _ledger,
        _ocr,
        _model,
    )
    return [found for check in made for found in safely(check)]


def _python() -> Check:
    return Check("python", "ok", f"{'.'.join(map(str, sys.version_info[:3]))} ({sys.executable})")


def _packages() -> Check:
    wrong = _unmet(requires("holdfast") or [])
    advice = "Install the locked versions: make setup, or pip install --require-hashes -r constraints.txt"
    if wrong:
        return Check("packages", "problem", "; ".join(wrong), advice)
    return Check(
        "packages", "ok", f"prefect {version('prefect')}, fastapi {version('fastapi')} work together"
    )


def _unmet(requirements: list[str]) -> list[str]:
    wanted = [Requirement(text) for text in requirements]
    plain = [need for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
    return [told for need in plain if (told := _miss(need))]


def _miss(need: Requirement) -> str:
    try:
        found = version(need.name)
    except PackageNotFoundError:
        return f"{need.name} is missing"
    if need.specifier.contains(found, prereleases=True):
        return ""
    return f"{need.name} is {found}, but {need.specifier} works"


def _home() -> Check:
    nearest = next(folder for folder in (home(), *home().parents) if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        advice = "Make it writable, or set HOLDFAST_HOME to a folder that is."
        return Check("home", "problem", f"{home()} cannot be written", advice)
    return Check("home", "ok", f"{home()}" + ("" if home().exists() else " (made by the first run)"))


def _disk() -> Check:
    nearest = next(folder for folder in (home(), *home().parents) if folder.exists())
    free_mb = shutil.disk_usage(nearest).free // 1_000_000
    level: Level = "ok" if free_mb > 1000 else "warning" if free_mb > 100 else "problem"
    return Check("disk", level, f"{free_mb:,} MB free", "" if level == "ok" else "Free some space.")


def _server() -> Check:
    if server := elsewhere():
        return Check("server", "ok", f"is elsewhere: {server.url}")
    state, record = local_server.look(home())
    if state == "running" and record is not None:
        return Check("server", "ok", f"runs on {record.url}, process {record.pid}")
    if state == "stopped":
        return Check("server", "ok", "is not running; `holdfast up` or the next `holdfast run` starts it")
    return Check(
        "server", "warning", state, f"See {local_server.log_file(home())}; `holdfast down`, `holdfast up`."
    )


def _sweeper() -> Check:
    if kept := SWEEPER.look(home()):
        return Check("sweeper", "ok", f"goes on with runs whose process dies, process {kept.pid}")
    if SWEEPER.died(home()):
        log = SWEEPER.log_file(home())
        return Check("sweeper", "warning", "is gone", f"`holdfast up` starts it again; its log is {log}")
    return Check(
        "sweeper", "ok", "is not running; `holdfast up` starts it, else a run that dies waits for a person"
    )


def _approval_page() -> Check:
    if kept := APPROVAL_PAGE.look(home()):
        late("blocks.profile")
        people = late("blocks.durable.approvers").names()
        advice = "" if people else "Nobody can sign in yet: holdfast approvers add NAME"
        found = f"answers on http://127.0.0.1:{kept.port} to {len(people)} approvers, process {kept.pid}"
        return Check("page", "ok" if people else "warning", found, advice)
    if APPROVAL_PAGE.died(home()):
        log = APPROVAL_PAGE.log_file(home())
        return Check("page", "warning", "is gone", f"`holdfast up` starts it again; its log is {log}")
    return Check("page", "ok", "is not running; `holdfast up` starts it, `holdfast approvals` works without")


def _access() -> Check:
    state, record = local_server.look(home())
    if state != "running" or record is None:
        return Check("access", "ok", "the server listens on the loopback address only, without a password")
    api = settings_served(record.port).get("server", {}).get("api", {})
    if api.get("host") != "127.0.0.1":
        return Check(
            "access", "problem", f"the server listens on {api.get('host')}", "holdfast down; holdfast up"
        )
    if "*" in str(api.get("cors_allowed_origins", "*")).split(","):
        open_to_all = "every web page in a browser on this machine may read the server"
        return Check("access", "problem", open_to_all, "holdfast down; holdfast up")
    found = "loopback only, without a password: whoever may log in to this machine can use it"
    return Check("access", "ok", found)


def _state() -> Check:
    profile = late("blocks.profile").load(patience_seconds=0)
    known = late("blocks.state.database").REVISIONS
    if profile.keep == "memory":
        return Check("state", "ok", f"the profile {profile.name} keeps nothing")
    file = profile.state(home()).file
    if file is None:
        return state_of_server(profile)
    if not file.exists():
        return Check("state", "ok", "empty: the first run makes the database")
    return _revision_check(file, known)


def _revision_check(file: Path, known: Sequence[str]) -> Check:
    moved = "SELECT 1 FROM sqlite_master WHERE name = 'leaving_update'"
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if connection.execute(moved).fetchone():
            told = f"{file}: its work was moved to another profile; here it can only be read"
            return Check("state", "warning", told, "Choose that profile with --profile or HOLDFAST_PROFILE.")
    if row and row[0] in known:
        later = "" if row[0] == known[-1] else "; the next run brings it forward"
        return Check("state", "ok", f"{file}, revision {row[0]}{later}")
    advice = "Install the version of Holdfast that wrote it, or point HOLDFAST_HOME to another folder."
    return Check(
        "state", "problem", f"{file} is of revision {row[0] if row else '?'}, not {known[-1]}", advice
    )


def _artifacts() -> Check:
    return _bucket("artifacts")


def _heads() -> Check:
    return _bucket("heads")


def _keys() -> Check:
    profile, trial = late("blocks.profile").load(), bytes(32)
    try:
        holder = profile.key_holder()
        if holder is None:
            return Check("keys", "ok", "content is not encrypted")
        holder.unwrap(holder.wrap(trial, "doctor"), holder.current, "doctor")
    except HoldfastError as error:
        return Check("keys", "problem", error.what, error.next)
    return Check("keys", "ok", f"content is encrypted; data keys are wrapped with {holder.current}")


def _bucket(what: str) -> Check:
    bucket = late("blocks.profile").load().buckets().get(what)
    if bucket is None:
        return Check(what, "ok", "are kept in files of this machine, or nowhere")
    return Check(what, *late("deployments.console.bucket_checks").look_at(what, bucket))


def storage_checks() -> list[Check]:
    """Each promise that is made of buckets, tried by writing into those of the profile."""
    try:
        return _storage()
    except Exception as error:
        return [Check("storage", "problem", f"could not be checked: {error}")]


def _storage() -> list[Check]:
    buckets = late("blocks.profile").load().buckets()
    if not buckets:
        return [Check("storage", "ok", "the profile keeps nothing in a bucket")]
    return [Check(what, *told) for what, told in late("deployments.console.bucket_checks").trials(buckets)]


def _ledger() -> Check:
    profile = late("blocks.profile").load()
    if profile.keep == "servers" and not profile.ledger_key.get_secret_value():
        found = "this machine signs with a key of its own: other machines do not trust what it signs"
        advice = f"Give all machines one key: HOLDFAST_LEDGER_KEY, a PEM or its file ({home() / 'keys' / 'ledger.key'})."
        return Check("ledger", "warning", found, advice)
    ended = None if profile.keep == "memory" else _newest_ended(profile)
    if ended is None:
        return Check("ledger", "ok", "signed with the first run; `holdfast ledger verify` checks it")
    shelf, place = profile.head_shelf(home()), profile.heads_url or home() / "heads"
    unsigned = [run_id for run_id, events in ended if _signed(shelf, run_id) < events]
    if not unsigned:
        return Check("ledger", "ok", f"the newest runs are signed to their end, heads in {place}")
    found = f"{len(unsigned)} of the newest runs ended with events that no signed head covers"
    return Check("ledger", "warning", found, f"Can {place} be written? See `holdfast ledger verify`.")


def _newest_ended(profile: Any) -> list[tuple[str, int]] | None:
    """The newest runs that ended, and their number of events; None where there is no state database yet."""
    if profile.state_url:
        with contextlib.closing(profile.state(home())) as state:
            read = late("blocks.state.run_rows").newest_ended
            return state.read(lambda connection: read(connection, _LOOKED_AT)) if state.revision() else None
    file = home() / "state.db"
    if not file.exists():
        return None
    query = "SELECT run_id, events FROM runs WHERE state <> 'running' ORDER BY started_at DESC LIMIT ?"
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query, (_LOOKED_AT,)).fetchall()


def _signed(shelf: Any, run_id: str) -> int:
    last = shelf.last(run_id)
    return last.size if last else 0


def _ocr() -> Check:
    if find_spec("rapidocr") and find_spec("onnxruntime"):
        return Check("ocr", "ok", f"rapidocr {version('rapidocr')}, models included")
    advice = "pip install 'holdfast[ocr]'; without it, scans and photos wait for a person."
    return Check("ocr", "warning", "not installed: only documents with a text layer can be read", advice)


def _model() -> Check:
    name = os.environ.get("HOLDFAST_MODEL") or "offline"
    if name == "offline":
        return Check("model", "ok", "offline: rules, no language model, no cost")
    keyed = os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL")
    if name.startswith("openai:") and not keyed:
        return Check("model", "problem", f"{name}, but no key", "Set OPENAI_API_KEY (and OPENAI_BASE_URL).")
    return Check(
        "model",
        "ok",
        name + (f" at {os.environ['OPENAI_BASE_URL']}" if os.environ.get("OPENAI_BASE_URL") else ""),
    )
