"""My safety plan: what a person wrote in a calm hour, in the person's own words, for a bad one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any, Final

LONGEST_LINE: Final = 400
"""Characters of one line; a longer text becomes several."""
MOST_LINES: Final = 10
LONGEST_PART: Final = 1_200
"""Characters of one part: a plan has to fit on one page, and is read in a bad hour."""

PARTS: Final[Mapping[str, str]] = {
    "signs": "Zo merk ik dat het slechter gaat",
    "helps": "Dit helpt mij",
    "people": "Wie ik kan bellen",
    "place": "Hier ben ik veilig",
}
"""The parts in the order in which they are asked and shown, with their headings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPlan:
    """Each part is what was written down for it, in order. Stored encrypted."""

    signs: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    place: tuple[str, ...] = ()

    def part(self, name: str) -> tuple[str, ...]:
        lines: Mapping[str, tuple[str, ...]] = {
            "signs": self.signs,
            "helps": self.helps,
            "people": self.people,
            "place": self.place,
        }
        return lines[name]

    @property
    def filled(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """Heading and lines of every part in which something stands."""
        return [(heading, self.part(name)) for name, heading in PARTS.items() if self.part(name)]


def written(plan: SafetyPlan, name: str, text: str) -> SafetyPlan | None:
    """The plan with the text in that part, a line for each of its own; None when it does not fit any more. What stands
    there already stands there once."""
    said = [piece for line in text.splitlines() for piece in wrap(" ".join(line.split()), LONGEST_LINE)]
    lines = tuple(dict.fromkeys((*plan.part(name), *said)))
    if len(lines) > MOST_LINES or sum(map(len, lines)) > LONGEST_PART:
        return None
    return _with(plan, name, lines)


def emptied(plan: SafetyPlan, name: str) -> SafetyPlan:
    return _with(plan, name, ())


def part_after(name: str) -> str:
    """The part that is asked after `name`; empty after the last."""
    names = list(PARTS)
    place = names.index(name) + 1
    return names[place] if place < len(names) else ""


def _with(plan: SafetyPlan, name: str, lines: tuple[str, ...]) -> SafetyPlan:
    changed: dict[str, Any] = {name: lines}
    return replace(plan, **changed)
