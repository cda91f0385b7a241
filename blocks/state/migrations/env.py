"""Alembic's entry: runs the versions on the connection it is handed, in the caller's transaction."""

from alembic import context

from blocks.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
