"""A worker on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.worker.batches import Plan
from tests.fakes import (
    FakeChannel,
    database_at,
    nothing_due,
)
from tests.world import MakeWorld, World


@pytest.fixture
async def make_world(database_url: str) -> AsyncIterator[MakeWorld]:
    async with database_at(database_url) as database:
        yield _making(database)


@pytest.fixture
async def make_sqlite_world(tmp_path: Path) -> AsyncIterator[MakeWorld]:
    """For what is about SQLite alone."""
    async with database_at(f"sqlite+aiosqlite:///{tmp_path / 'nabij.sqlite3'}") as database:
        yield _making(database)


def _making(database: Database) -> MakeWorld:
    def make(*channels: FakeChannel, plan: Plan = nothing_due) -> World:
        return World(database, channels or (FakeChannel(),), plan)

    return make
