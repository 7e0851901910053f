"""Alembic's entry: the connection comes from watcher.store.migrate, which holds the transaction."""

from alembic import context

from watcher.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction covers everything
)
context.run_migrations()
