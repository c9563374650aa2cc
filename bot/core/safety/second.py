"""A second opinion: what the lines of the rules heard is weighed by the model together with the words around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.core.safety.alarm import Alarm
from bot.core.safety.model import judge, sees_danger
from bot.core.safety.phrases import Places
from bot.core.safety.rules import READER

_NEARBY: Final = 80
_SHORT: Final = 120
_SHORTEST: Final = 15
_LONG: Final = 300
_MOST: Final = 4
# What the model is not told of: it says what is near once there is danger, and nothing about whether there is.
_UNTOLD: Final = 3
_OF_SELF: Final = "model.self"


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
    told = [hit for hit in hits if hit.doubt < _UNTOLD]
    for hit in told:
        rule = hit.alarm.rule
        yield f"R{rule}"
        yield f"R{rule.partition('.')[0]}"
        yield f"R{hit.alarm.tier}{min(hit.doubt, 2) // 2}"
        yield f"R{hit.line or rule + ' pattern'}"
    yield f"R{min(len({(hit.alarm.rule, hit.line) for hit in told}), _MOST)}"


class Second:
    """Whether the model sees danger in a canonical line.

    It learned from single sentences, so of a long line it is shown a sentence at a time: what was heard with the
    sentences that it stands in, and no small talk around it.
    """

    def __init__(self, line: str, places: Places, hits: Sequence[Hit]) -> None:
        self._line = line
        self._places = places
        self.hits = hits
        self._parts = [(0, len(line))] if len(line) <= _SHORT else list(_parts(line))
        self._seen: dict[tuple[int, int], bool] = {}

    def believed(self) -> Iterator[Alarm]:
        """The alarms that count. What is only evidence (??) is at most tier B; what is near (???) counts where
        the model sees that who writes is in danger."""
        for hit in self.hits:
            if hit.doubt == _UNTOLD:
                if self._is_of_self(hit):
                    yield hit.alarm
            elif (hit.doubt == 0 and not self._is_strewn(hit)) or self._believes(hit):
                least = hit.doubt > 1 and hit.alarm.tier == "A"
                yield replace(hit.alarm, tier="B") if least else hit.alarm

    def raised(self) -> Alarm | None:
        """The gravest alarm of the model itself."""
        harmless = {part for part, danger in self._seen.items() if not danger}
        alarms = (judge(*self._told(*part)) for part in self._parts if part not in harmless)
        return min((alarm for alarm in alarms if alarm is not None), key=_tier, default=None)

    def _is_strewn(self, hit: Hit) -> bool:
        """Words of different sentences of a long message are clear only to who sees them together."""
        return len(self._parts) > 1 and " ." in self._line[hit.start : hit.end]

    def _believes(self, hit: Hit) -> bool:
        part = self._part_of(hit)
        if part not in self._seen:
            self._seen[part] = sees_danger(*self._told(*part))
        return self._seen[part]

    def _is_of_self(self, hit: Hit) -> bool:
        if not self._believes(hit):
            return False
        danger = judge(*self._told(*self._part_of(hit)))
        return danger is not None and danger.rule == _OF_SELF

    def _part_of(self, hit: Hit) -> tuple[int, int]:
        first = max((start for start, _ in self._parts if start <= hit.start), default=0)
        last = min((end for _, end in self._parts if end >= hit.end), default=len(self._line))
        if last - first > _LONG:
            first = self._line.rfind(" ", 0, max(0, hit.start - _NEARBY)) + 1
            last = hit.end + _NEARBY
        return first, last

    def _told(self, first: int, last: int) -> tuple[str, Places, Iterator[str]]:
        if first == 0 and last >= len(self._line):
            return self._line, self._places, evidence(self.hits)
        part = self._line[first:last]
        heard = [hit for hit in self.hits if hit.start >= first and hit.end <= last]
        return part, READER.read(part), evidence(heard)


def _tier(alarm: Alarm) -> str:
    return alarm.tier


def _parts(line: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a long line start and end: short ones with the next, very long ones in pieces."""
    start = 0
    while start < len(line):
        end = line.find(" .", start + _SHORTEST)
        if end < 0 or end - start > _LONG:
            end = line.find(" ", start + _NEARBY * 2)
        end = end if end >= 0 else len(line)
        yield start, end
        start = end + (3 if line.startswith(" .", end) else 1)
