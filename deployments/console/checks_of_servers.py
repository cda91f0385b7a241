"""The checks of `holdfast doctor` on database servers: is what was committed kept, and may we work there?"""

from typing import Any

from blocks.base.home import home
from deployments.console.check import Check
from deployments.console.past import late
from deployments.console.storage_migrate import place_of

_UNREACHABLE = (
    "Start it, or correct HOLDFAST_{}_URL; `holdfast up --profile production` starts servers on this machine."
)
_ISOLATION = "read committed"


def database_checks() -> list[Check]:
    """What each database server of the profile says of itself; nothing where all is files."""
    profile = late("blocks.profile").load(patience_seconds=0)
    if profile.keep == "memory":
        return []
    databases = {"state": profile.state(home()), "accounting": profile.books(home())}
    found: list[Check] = []
    seen: list[str] = []
    for what, database in databases.items():
        is_new = database.file is None and str(database.url) not in seen
        seen.append(str(database.url))
        found += _checks_of(what, database) if is_new else []
        database.close()
    return found


def _checks_of(what: str, database: Any) -> list[Check]:
    errors = late("blocks.base.errors")
    settings = late("blocks.base.server_settings")
    try:
        server = settings.settings_of(database)
    except errors.HoldfastError as error:
        return [
            Check("database", "problem", f"{place_of(database)}: {error}", _UNREACHABLE.format(what.upper()))
        ]
    return [
        _version(database, server, settings.OLDEST),
        _standby(server),
        *_durability(server),
        _isolation(server),
        _clock(server, settings.LARGEST_SKEW_SECONDS),
        _rights(database, server),
    ]


def _version(database: Any, server: Any, oldest: int) -> Check:
    found = f"PostgreSQL {server.version} at {place_of(database)}"
    if server.version < oldest:
        return Check("database", "problem", found, f"Holdfast is made for PostgreSQL {oldest} and newer.")
    return Check("database", "ok", found)


def _standby(server: Any) -> Check:
    if not server.is_standby:
        return Check("standby", "ok", "the server takes writes")
    advice = (
        "Name the primary in HOLDFAST_STATE_URL, or promote this one; until then runs wait as in an outage."
    )
    return Check(
        "standby", "problem", "the server is a standby: it only repeats another one's writes", advice
    )


def _durability(server: Any) -> list[Check]:
    if not server.losses:
        told = "fsync, full_page_writes and synchronous_commit are on: what is committed survives a crash"
        return [Check("durability", "ok", told)]
    if server.is_throwaway:
        told = "the server says that what is on it may be lost (holdfast.throwaway): for tests alone"
        return [Check("durability", "warning", told, "Start it without that setting, and with fsync on.")]
    advice = "Turn it on in postgresql.conf (or for the role and the database), and reload. Runs are refused until then."
    return [Check("durability", "problem", told, advice) for told in server.losses]


def _isolation(server: Any) -> Check:
    if server.isolation != _ISOLATION:
        told = f"transactions run as {server.isolation}, though {_ISOLATION} is asked for"
        return Check(
            "isolation", "problem", told, "Is something between Holdfast and the server that changes it?"
        )
    return Check(
        "isolation", "ok", f"{_ISOLATION}, as asked for; the server's default is {server.default_isolation}"
    )


def _clock(server: Any, largest: float) -> Check:
    skew = server.skew_seconds
    told = f"the database's clock is {abs(skew):.1f} s {'before' if skew > 0 else 'behind'} this machine's"
    if abs(skew) > largest:
        advice = "Leases and deadlines follow the database's clock; let both machines keep time (NTP)."
        return Check("clock", "warning", told, advice)
    return Check("clock", "ok", told)


def _rights(database: Any, server: Any) -> Check:
    if server.is_prefects:
        told = f"Prefect's tables stand in the schema {database.schema}, and both keep their revision in one table there"
        advice = (
            "PostgreSQL gives a role the schema of its own name first: let Prefect connect as a role that is not called "
            f"{database.schema}, or to another database, or name another HOLDFAST_STATE_SCHEMA."
        )
        return Check("rights", "problem", told, advice)
    if server.may_create:
        return Check("rights", "ok", f"may make tables in the schema {database.schema}")
    advice = (
        "GRANT USAGE, CREATE ON SCHEMA ... TO the role; or let another role type `holdfast storage migrate`."
    )
    return Check("rights", "warning", f"may not make tables in the schema {database.schema}", advice)


def state_of_server(profile: Any) -> Check:
    """The revision of the tables on a server."""
    state, known = profile.state(home()), late("blocks.state.database").REVISIONS
    try:
        revision, stands = state.revision(), state.read(late("blocks.state.standstill").standing)
    finally:
        state.close()
    place = place_of(state)
    if stands:
        return Check(
            "state", "warning", f"{place}: {stands[1]}", "Nothing runs here; choose the other profile."
        )
    if revision is None:
        return Check("state", "ok", f"{place}: empty, the first run makes the tables")
    if revision == known[-1]:
        return Check("state", "ok", f"{place}, revision {revision}")
    if revision in known:
        return Check("state", "ok", f"{place}, revision {revision}; the next run brings it forward")
    advice = "Install the version of Holdfast that wrote it, or name another HOLDFAST_STATE_SCHEMA."
    return Check("state", "problem", f"{place} is of revision {revision}, not {known[-1]}", advice)
