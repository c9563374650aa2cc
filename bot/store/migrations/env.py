"""Alembic's entry: runs the revisions on the connection, and inside the transaction, of bot.store.migrate."""

from __future__ import annotations

from alembic import context

from bot.store.tables import SubscriberRow

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SubscriberRow.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
