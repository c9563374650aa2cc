"""Whole stories, told on both channels and both databases."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.journeys.people import Story, story

Tell = Callable[..., AbstractAsyncContextManager[Story]]


@pytest.fixture(params=["telegram", "webchat"])
def tell(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Tell:
    """`async with tell("2026-03-02 10:00") as story`: the app runs, and a person is there."""
    return partial(story, request.param, database_url, tmp_path)


@pytest.fixture
async def monday(tell: Tell) -> AsyncIterator[Story]:
    """Monday 2 March 2026, ten in the morning."""
    async with tell(start="2026-03-02 10:00") as begun:
        yield begun
