"""The `holdfast` command: one file per noun.

    __main__.py         `python -m deployments.console`
    entry.py            the command tree, and how it ends
    server.py           up, down, status: the local Prefect server, the approval page, the sweeper
    run.py              run a flow here
    ending.py           how a run ended: for people, for scripts, as an exit code
    runs.py             runs list, runs show, runs resume
    stages.py           the stages of a run
    show.py             one stage of a run: inputs, output, the run at that point
    approvals.py        approvals list, show, approve, reject
    asked.py            what is asked: a table, lines, JSON
    question.py         one request with all that a person needs to decide
    forms.py            the fields of an answer: what may stand there, and how to name them
    answers.py          the proposed answer, changed on the command line
    deciding.py         decide one or many, and tell what came of it
    going_on.py         let runs go on after a decision: elsewhere, or here
    recorded_worlds.py  the worlds that runs were started in
    approvers.py        approvers add, remove, list
    ledger.py           ledger verify, ledger export
    deploy.py           every flow as a deployment
    worker.py           run here what is started at a Prefect server
    storage.py          storage: its commands
    storage_keys.py     storage rotate-key, storage erase
    storage_migrate.py  storage migrate
    storage_move.py     storage move
    storage_stats.py    storage stats
    doctor.py           check this machine
    check.py            one line of the doctor
    checks.py           the checks of the doctor
    bucket_checks.py    can buckets be reached, can they be trusted
    checks_of_servers.py its checks of database servers
    catalog.py          the flows there are, without importing them
    inputs.py           the files and folders of a call
    given.py            what is set for a run on its command line
    past.py             the door to what happened
    progress.py         what happens while a flow runs
    steps.py            what a long command does
    documents.py        the table and sentences after a flow over documents
    dossier.py          the tables and sentences after a flow over a loan dossier
    analyses.py         what was found out about documents, a block for each
    parameters.py       parameters that commands share
    failure.py          errors in three parts, exit codes
    jsontext.py         JSON with exact money
    wording.py          numbers and states as people read them
    screen.py           stdout for the answer, stderr for everything else

Prefect is imported where a run goes on, and alone there, after its settings are in place.
"""

from deployments.console.entry import main

__all__ = ["main"]
