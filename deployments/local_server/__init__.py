"""One quiet Prefect server on this machine's loopback address, started when needed and kept.

    keeper.py       start, find and stop the one server of a home
    guard.py        keep it alive while a flow runs
    environment.py  the settings of the server and of the processes that use it
    address.py      ports: which is free, who answers
    process.py      a process known by number, start time and command
    record.py       server.json: which server is ours
    serverlog.py    server.log: what it printed
    seed.py         a new database without waiting for migrations (prefect_schema.sql)
    errors.py       what can go wrong

Costs: a new server answers after 3 to 5 s, also the first time; one that runs is found in a few milliseconds.
It holds about 230 MB of memory. Nothing here imports Prefect.
"""

from deployments.local_server.address import settings_served
from deployments.local_server.environment import client_environment, use_client_environment
from deployments.local_server.guard import kept_alive
from deployments.local_server.keeper import Launch, State, begin, ensure, leave_database, look, stop
from deployments.local_server.record import Record
from deployments.local_server.serverlog import log_file

__all__ = [
    "Launch",
    "Record",
    "State",
    "begin",
    "client_environment",
    "ensure",
    "kept_alive",
    "leave_database",
    "log_file",
    "look",
    "settings_served",
    "stop",
    "use_client_environment",
]
