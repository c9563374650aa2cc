"""A house for each test of the web."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.house import House, open_house, practice


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Two practices, not a demo."""
    async with open_house(tmp_path, practice(), practice("bellein", "Bellein Academie")) as opened:
        yield opened


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, practice(), practice("bellein", "Bellein Academie"), demo=True) as opened:
        yield opened
