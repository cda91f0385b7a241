"""What can go wrong with the local server, in words for the person at the terminal."""

from blocks.base.errors import HoldfastError


class HomeNotWritable(HoldfastError):
    """The folder {home} cannot be written: {reason}."""

    safe = "Nothing was started and nothing was changed."
    next = "Make the folder writable, or set HOLDFAST_HOME to one that is."


class DiskFull(HoldfastError):
    """The disk under {home} is full: {free_mb} MB are free, {needed_mb} MB are needed."""

    safe = "What was recorded before is kept; nothing new was started."
    next = "Free some space, or set HOLDFAST_HOME to another disk, then run the same command again."


class PortTaken(HoldfastError):
    """Port {port} on 127.0.0.1 is used by another program."""

    safe = "That program was left alone."
    next = "Give another port with `holdfast up --port N`, or none: a free one is chosen."


class ServerDied(HoldfastError):
    """The local Prefect server ended while it was starting: {line} (log: {log})."""

    safe = "Recorded runs and stages are kept; they are not in the server."
    next = "Read the log, or ask `holdfast doctor`; then `holdfast up`."


class ServerSilent(HoldfastError):
    """The local Prefect server (process {pid}) does not answer on {url} (log: {log})."""

    safe = "Recorded runs and stages are kept; they are not in the server."
    next = "`holdfast down` stops it, `holdfast up` starts a new one."


class NotOurServer(HoldfastError):
    """Another program answers on {url}, where the local Prefect server should be."""

    safe = "That program was left alone."
    next = "`holdfast down`, then `holdfast up`: a free port is chosen."
