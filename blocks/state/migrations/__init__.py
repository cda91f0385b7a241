"""Alembic migrations of the state database: expand before a deploy (`pre`), contract after it (`post`).

env.py      runs the versions on the connection it is handed
versions/   one file a step: NNNN_pre|post_verb_object.py
"""
