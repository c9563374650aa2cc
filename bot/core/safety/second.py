"""A second opinion on doubtful phrases, asked of the model once for a window."""

from typing import Final

from bot.core.safety.model import doubt_overcome
from bot.core.safety.phrases import Places
from bot.core.safety.rules import READER

_NEARBY: Final = 80


class Second:
    """Whether the model sees danger in a canonical line; of a long one it is shown the part around the phrase."""

    def __init__(self, line: str, places: Places) -> None:
        self._line = line
        self._places = places
        self._of_all: int | None = None

    def believes(self, doubt: int, start: int, end: int) -> bool:
        """Whether a phrase of that doubt (0 to 2), from `start` to `end`, counts. Without doubt nobody is asked."""
        if doubt == 0:
            return True
        if len(self._line) > 2 * _NEARBY:
            first = self._line.rfind(" ", 0, max(0, start - _NEARBY)) + 1
            part = self._line[first : end + _NEARBY]
            return doubt_overcome(part, READER.read(part)) >= doubt
        if self._of_all is None:
            self._of_all = doubt_overcome(self._line, self._places)
        return self._of_all >= doubt
