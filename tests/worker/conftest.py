"""A worker on each database."""

from collections.abc import AsyncIterator

import pytest

from bot.worker.planner import Plan
from tests.fakes import (
    FakeChannel,
    database_at,
    nothing_due,
)
from tests.world import MakeWorld, World


@pytest.fixture
async def make_world(database_url: str) -> AsyncIterator[MakeWorld]:
    async with database_at(database_url) as database:

        def make(*channels: FakeChannel, plan: Plan = nothing_due) -> World:
            return World(database, channels or (FakeChannel(),), plan)

        yield make
