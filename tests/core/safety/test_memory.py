"""The check's data is in every process, whether anybody writes or not: what it keeps there has a bound."""

import subprocess
import sys
from typing import Final

_AT_MOST: Final = 11_000_000
# The libraries come first: only what the package makes itself is counted.
_LOADING: Final = """
import gc, tracemalloc
import bot.core.text, rapidfuzz.distance
from ruamel.yaml import YAML
YAML(typ="safe").load("a: [1, 'b']")
tracemalloc.start()
import bot.core.safety
gc.collect()
print(tracemalloc.get_traced_memory()[0])
"""


def test_what_the_safety_check_keeps_in_memory_is_bounded() -> None:
    """When it grows beyond this: share what is equal, or keep numbers for strings, as the model does."""
    kept = subprocess.run([sys.executable, "-c", _LOADING], check=True, capture_output=True, text=True).stdout
    assert int(kept) < _AT_MOST
