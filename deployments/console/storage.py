"""`holdfast storage`: the databases and stores that work is kept in."""

from cyclopts import App

from deployments.console.storage_keys import erase, rotate_key
from deployments.console.storage_migrate import migrate
from deployments.console.storage_move import move
from deployments.console.storage_stats import stats


def storage() -> App:
    """The commands, one file each."""
    commands = App(
        name="storage", help="What work is kept in: bring it forward, move it, its keys, what it saves."
    )
    commands.command(migrate)
    commands.command(move)
    commands.command(rotate_key)
    commands.command(erase)
    commands.command(stats)
    return commands
