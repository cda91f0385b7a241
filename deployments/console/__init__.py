"""The `holdfast` command: one file per noun.

    __main__.py    `python -m deployments.console`
    entry.py       the command tree, and how it ends
    server.py      up, down, status: the local Prefect server and the sweeper
    run.py         run a flow here
    runs.py        runs list, runs show, runs resume
    stages.py      the stages of a run
    show.py        one stage of a run: inputs, output, the run at that point
    ledger.py      ledger verify, ledger export
    doctor.py      check this machine
    checks.py      the checks of the doctor
    catalog.py     the flows there are, without importing them
    inputs.py      the files and folders of a call
    past.py        the door to what happened
    progress.py    what happens while a flow runs
    documents.py   the table and sentences after a flow over documents
    parameters.py  parameters that commands share
    failure.py     errors in three parts, exit codes
    jsontext.py    JSON with exact money
    wording.py     numbers and states as people read them
    screen.py      stdout for the answer, stderr for everything else

Prefect is imported by `run` alone, after its settings are in place.
"""

from deployments.console.entry import main

__all__ = ["main"]
