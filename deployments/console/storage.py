"""`holdfast storage`: the databases and stores that work is kept in."""

from cyclopts import App

from deployments.console.storage_migrate import migrate
from deployments.console.storage_move import move


def storage() -> App:
    """The commands, one file each."""
    commands = App(name="storage", help="Bring databases forward, or move all work to another place.")
    commands.command(migrate)
    commands.command(move)
    return commands
