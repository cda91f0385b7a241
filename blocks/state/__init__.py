"""The record: what is true about runs and stages, in SQL.

approval_rows.py  the rows of approvals: what is asked, how it stands, and which runs wait
approver_rows.py  the rows of approvers: passwords, sessions, webhooks
audit.py          check the ledger in the database: chains, signed heads, the rows it speaks of
budget_rows.py    the rows of budgets: reserved before a request leaves, counted afterwards
chain.py          one event and its hash, and the walk along a chain against its heads
data_key_rows.py  the rows of data keys: what encrypts the content of one subject
database.py       the state database: its schema, and its own clock
decisions.py      decide a request, once
decisions_told.py what the events tell of approvals, held against the rows
erasures_told.py  what the events tell of erased subjects, held against the data keys
export.py         the ledger as JSON lines
head_bucket.py    signed heads in a bucket: an object for each
head_shelf.py     where signed heads are kept: append-only files in a folder
heads.py          a signed head: size, root and time of a run's events
ledger.py         append to a run's chained events, and check a chain
measure_rows.py   the rows of what stages were measured to take and to cost
merkle.py         the Merkle tree of RFC 9162: roots and proofs
migrations/       Alembic: expand before a deploy, contract after it
model_call_rows.py  the rows of paid calls: asked, answered, counted
money_told.py     what the events tell of money, held against the rows
part_rows.py      the rows of parts: what a long stage has done so far
pause_rows.py     the rows of providers that are not asked for a while
questions.py      let a run ask, and ask no more
rebuild.py        the state of a run, told by its events alone
run_rows.py       the rows of runs
sealed.py         values in rows that may be sealed, and how a check looks into them
signing.py        the keys that sign heads, and those that are trusted
spoken_of.py      the rows that the events of a run speak of
stage_rows.py     the rows of stages, leases and artifacts
standstill.py     runs that stand still, because they move to another database
tables.py         every table and column: meaning and unit
verdict.py        what checking a ledger found
verify.py         `python -m blocks.state.verify`: check an export, without a database
waking.py         runs that stand still: those to wake, those that ended, those that wait
"""
