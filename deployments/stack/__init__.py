"""The servers that production stands on, on this machine, from wheels: PostgreSQL, an S3 store, and Redis where wanted.

    stack.py         start, stop and show all of them; the values that they give the profile
    server.py        one server: a process that is started, found by what it answers, and stopped
    postgres.py      PostgreSQL: a cluster in a folder
    programs.py      where the programs of PostgreSQL are
    seat.py          as whom PostgreSQL runs where we are root, which it refuses
    object_store.py  S3: buckets in a folder
    s3_door.py       the process of the S3 store: who has no key is refused
    redis.py         Redis, needed by several Prefect API servers only
    errors.py        what can go wrong

All state is below `stack/` in the home. Everything listens on loopback and asks for a secret that is kept there.
The first start takes about 3 s, later ones 1.5 s; a server that runs is found in some milliseconds.
They hold about 180 MB of memory. Nothing here imports Prefect.
"""

from deployments.stack.stack import Addresses, look, mend, start, stop

__all__ = ["Addresses", "look", "mend", "start", "stop"]
