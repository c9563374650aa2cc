"""What the fault tests share: a nursery of bots, and the row that each puts into the table."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.nursery import Nursery, opened_nursery
from tests.faults.reporting import report

__all__ = ["report"]


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with opened_nursery() as nursery:
        yield nursery
