"""What the process does with its memory once it is ready."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from bot.server import look_for_garbage_again


class _Read:
    """Holds itself, as the objects of the YAML reader hold one another."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def no_garbage_looked_for() -> Iterator[None]:
    """As the start has it; afterwards everything is as it was."""
    thresholds = gc.get_threshold()
    gc.disable()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


@pytest.mark.usefixtures("no_garbage_looked_for")
def test_what_the_start_left_goes_and_what_stands_is_set_apart() -> None:
    left = weakref.ref(_Read())
    assert left() is not None
    look_for_garbage_again()
    assert left() is None
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()


def test_a_bot_on_sqlite_does_not_load_the_driver_of_postgresql() -> None:
    """It takes eight megabytes, for good."""
    loaded = "import bot.cli, bot.app, bot.server, sys; print('psycopg' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout
    assert said == "False\n"
