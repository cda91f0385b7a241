"""`holdfast storage migrate`: the newest tables for the state database and the books."""

from typing import Any

from blocks.base.errors import Misuse
from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import late
from deployments.console.screen import out


class KeepsNothing(Misuse):
    """The profile {profile!r} keeps nothing."""

    next = "Choose another with --profile, --from or --to."


def migrate(*, profile: Profile = None, json: AsJson = False) -> int:
    """Bring the state database and the books of a profile to the newest revision.

    It is done whole or not at all; two at once, or again after an interruption, are
    safe. Every command does it where it may, so type it where the role that works
    has no right to make tables. What a newer version of Holdfast wrote is left alone.

    For example:

        holdfast storage migrate --profile production
    """
    choose_profile(profile)
    chosen = late("blocks.profile").load()
    facts = brought_forward(chosen)
    if json:
        print_json(facts)
        return DONE
    for what, told in facts.items():
        step = (
            f"is at {told['to']} already" if told["from"] == told["to"] else f"{told['from']} -> {told['to']}"
        )
        out().print(f"[good]●[/] {what}: {step}  [place]{told['place']}[/]", soft_wrap=True)
    return DONE


def brought_forward(profile: Any) -> dict[str, dict[str, str]]:
    """Bring both forward; from what to what each went, and where it is. Raises SchemaUnknown, ServerLosesWork."""
    if profile.keep == "memory":
        raise KeepsNothing(profile=profile.name)
    folder = profile.folder()
    state, books = profile.state(folder), profile.books(folder)
    settings, tables = late("blocks.base.server_settings"), late("blocks.providers.accounting_tables")
    try:
        for database in (state, books):
            settings.require_lasting(database)
        before = state.revision() or "none"
        state.prepare()
        after = state.revision()
        books.make_schema()
        form = books.write(tables.prepare)
    finally:
        state.close()
        books.close()
    return {
        "state": {"place": place_of(state), "from": before, "to": after},
        "books": {"place": place_of(books), "from": form, "to": "newest"},
    }


def place_of(database: Any) -> str:
    """Where a database is, without its password."""
    schema = f", schema {database.schema}" if database.schema else ""
    return str(database.file or database.url.render_as_string(hide_password=True)) + schema
