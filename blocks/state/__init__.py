"""The record: what is true about runs and stages, in SQL.

database.py     the state database: its schema, and its own clock
ledger.py       append to a run's chained events, and check a chain
migrations/     Alembic: expand before a deploy, contract after it
run_rows.py     the rows of runs
stage_rows.py   the rows of stages, leases and artifacts
tables.py       every table and column: meaning and unit
"""
