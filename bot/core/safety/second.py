"""A second opinion: what the lines of the rules heard is weighed by the model together with the words around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.core.safety.alarm import Alarm
from bot.core.safety.model import judge, sees_danger
from bot.core.safety.phrases import Places
from bot.core.safety.rules import READER

_NEARBY: Final = 80
_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """What a line of a rule heard from `start` to `end`, and the alarm that it is. `line` is empty for a pattern."""

    alarm: Alarm
    doubt: int
    start: int
    end: int
    line: str


def evidence(hits: Sequence[Hit]) -> Iterator[str]:
    """What the model is told of them."""
    for hit in hits:
        rule = hit.alarm.rule
        yield f"R{rule}"
        yield f"R{rule.partition('.')[0]}"
        yield f"R{hit.alarm.tier}{min(hit.doubt, 2) // 2}"
        yield f"R{hit.line or rule + ' pattern'}"
    yield f"R{min(len({(hit.alarm.rule, hit.line) for hit in hits}), _MOST)}"


class Second:
    """Whether the model sees danger in a canonical line; of a long one it is shown the part around what was heard."""

    def __init__(self, line: str, places: Places, hits: Sequence[Hit]) -> None:
        self._line = line
        self._places = places
        self.hits = hits
        self._of_all: bool | None = None

    def believed(self) -> Iterator[Alarm]:
        """The alarms that count. What is only evidence (??) is at most tier B."""
        for hit in self.hits:
            if self._believes(hit):
                least = hit.doubt > 1 and hit.alarm.tier == "A"
                yield replace(hit.alarm, tier="B") if least else hit.alarm

    def _believes(self, hit: Hit) -> bool:
        """Whether what was heard counts. Without doubt nobody is asked."""
        if hit.doubt == 0:
            return True
        if len(self._line) > 2 * _NEARBY:
            first = self._line.rfind(" ", 0, max(0, hit.start - _NEARBY)) + 1
            last = hit.end + _NEARBY
            part = self._line[first:last]
            heard = [other for other in self.hits if other.start >= first and other.end <= last]
            return sees_danger(part, READER.read(part), evidence(heard))
        if self._of_all is None:
            self._of_all = sees_danger(self._line, self._places, evidence(self.hits))
        return self._of_all

    def raised(self) -> Alarm | None:
        """The alarm of the model itself."""
        return judge(self._line, self._places, evidence(self.hits))
