"""The windows that a canonical line is read in: parts of bounded length, without their figures of speech."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.core.safety.needed import Needed
from bot.core.safety.phrases import Places
from bot.core.safety.rules import IDIOMS, READER

LONGEST: Final = 2000
"""Letters."""
_OVERLAP: Final = 200
_NEEDED_IDIOMS: Final = Needed([idiom.pattern for idiom in IDIOMS])


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a canonical line without its figures of speech; what ends before `start` was said before."""

    line: str
    places: Places
    start: int


def windows_of(line: str, start: int = 0) -> Iterator[Window]:
    """The parts that a canonical line is read in; what ends before `start` was said before."""
    for offset in range(0, max(len(line), 1), LONGEST):
        first = max(0, offset - _OVERLAP)
        said = line[first : offset + LONGEST]
        yield _window(said, start - first)
        # Somebody may put a stop after every word; figures of speech don't.
        if start <= 0 and said.count(" .") > said.count(" ") / 5:
            yield _window(said.replace(" .", ""), 0)


def _window(said: str, start: int) -> Window:
    plain = without_idioms(f" {said}")
    return Window(plain, READER.read(plain), start - max(len(said) + 1 - len(plain), 0))


def without_idioms(window: str) -> str:
    """The line with what its figures of speech mean in their place. It starts with a space."""
    waiting = _NEEDED_IDIOMS.places(window)
    while (place := next(waiting, None)) is not None:
        plain = IDIOMS[place].pattern.sub(f" {IDIOMS[place].meaning}", window)
        if plain != window:
            # What it means may be a word of the next.
            window, waiting = plain, _NEEDED_IDIOMS.places(plain, place + 1)
    return window
