"""The fields of one YAML mapping. A wrong or unknown one becomes a finding; a usable value comes back regardless."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Final

from rapidfuzz.distance import OSA
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.core.content.report import Report

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_REMEDY: Final = "Gebruik kleine letters, cijfers en streepjes, bijvoorbeeld: naar-voren."


class Fields:
    """Reads fields by name and remembers which names it was asked for: `refuse_unknown` reports the others."""

    def __init__(self, file: str, node: CommentedMap, report: Report, *, above: int = 0, path: str = "") -> None:
        self.file = file
        self._node = node
        self._report = report
        self._above = above
        self._path = path
        self._asked: set[str] = set()
        for key in node:
            report.mark(file, self.place(key), _line_of(node, key) + above)

    def place(self, name: object) -> str:
        return f"{self._path}.{name}" if self._path else str(name)

    def has(self, name: str) -> bool:
        self._asked.add(name)
        return self._node.get(name) is not None

    def is_list(self, name: str) -> bool:
        return isinstance(self._value(name), CommentedSeq)

    def is_text(self, name: str) -> bool:
        return isinstance(self._value(name), str)

    def error(self, name: str, problem: str, remedy: str) -> None:
        self._report.error(self.file, self.place(name), problem, remedy)

    def text(self, name: str, default: str = "") -> str:
        value = self._value(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value.strip()
        self.error(name, f"'{name}' moet een tekst zijn.", f'Zet de waarde tussen aanhalingstekens: {name}: "..."')
        return default

    def required_text(self, name: str, example: str) -> str:
        self._asked.add(name)
        if self._value(name) in (None, ""):
            self._report.error(
                self.file,
                self.place(name),
                f"'{name}' ontbreekt.",
                f"Voeg een regel toe, bijvoorbeeld: {name}: {example}",
            )
            return ""
        return self.text(name)

    def slug(self, name: str) -> str:
        value = self.text(name)
        if value and not SLUG.fullmatch(value):
            self.error(name, f"'{name}: {_short(value)}' kan niet.", _SLUG_REMEDY)
            return ""
        return value

    def required_slug(self, name: str, example: str) -> str:
        return self.slug(name) if self.required_text(name, example) else ""

    def one_of(self, name: str, allowed: Collection[str], default: str = "") -> str:
        """One of `allowed`; required when there is no default."""
        value = self.text(name, default) if default else self.required_text(name, next(iter(allowed)))
        if value and value not in allowed:
            self.error(name, f"'{name}: {_short(value)}' bestaat niet.", f"Kies uit: {', '.join(allowed)}.")
            return default
        return value

    def flag(self, name: str) -> bool:
        value = self._value(name)
        if value is None or isinstance(value, bool):
            return value is True
        self.error(name, f"'{name}' is aan of uit.", f"Schrijf '{name}: true', of laat de regel weg.")
        return False

    def number(self, name: str, default: int | None, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`; required when there is no default."""
        value = self._value(name)
        fallback = low if default is None else default
        if value is None and default is not None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)
        said = "ontbreekt" if value is None else "klopt niet"
        self.error(name, f"'{name}' {said}.", f"Geef een heel getal van {low} tot en met {high}.")
        return fallback

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._value(name)
        if value is None:
            return ()
        if isinstance(value, CommentedSeq) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(item.strip() for item in value)
        self.error(name, f"'{name}' moet een lijst met woorden zijn.", f"Schrijf het zo: {name}: [eerste, tweede]")
        return ()

    def items(self, name: str) -> Iterator[tuple[str, object]]:
        """The items of a list as they are, each with its place."""
        value = self._value(name)
        if value is None:
            return
        if not isinstance(value, CommentedSeq):
            self.error(
                name, f"'{name}' moet een lijst zijn.", "Begin elke regel van de lijst met een streepje en een spatie."
            )
            return
        for index, item in enumerate(value):
            place = f"{name}[{index}]"
            self._report.mark(self.file, self.place(place), int(value.lc.item(index)[0]) + 1 + self._above)
            yield place, item

    def day(self, name: str) -> str:
        """A date, as ISO text."""
        value = self._value(name)
        if value in (None, ""):
            return ""
        found = as_day(value)
        if found is None:
            self.error(name, f"'{name}' is geen datum.", "Schrijf jaar-maand-dag, bijvoorbeeld 2026-03-01.")
            return ""
        return found.isoformat()

    def answer(self, name: str) -> str | int | None:
        """What an answer is compared with: a word, a number or a range; None, with a finding, for anything else."""
        value = self._value(name)
        if isinstance(value, str) and value.strip():
            return value.strip().lower()
        if isinstance(value, int) and not isinstance(value, bool):
            return int(value)
        self.error(
            name,
            f"'{name}' ontbreekt of klopt niet.",
            'Zeg bij welk antwoord dit hoort: "0-3", een keuze, ja, nee of else.',
        )
        return None

    def inner(self, name: str) -> Fields | None:
        """The fields inside a field; None when it is not there."""
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, CommentedMap):
            return self._within(name, value)
        self.error(
            name, f"Onder '{name}' horen gegevens te staan.", "Zet ze eronder, ingesprongen, als 'naam: waarde'."
        )
        return None

    def inners(self, name: str) -> list[Fields]:
        """The fields of each item of a list."""
        found = []
        for place, item in self.items(name):
            if isinstance(item, CommentedMap):
                found.append(self._within(place, item))
            else:
                self.error(
                    name,
                    f"'{name}' moet een lijst met gegevens zijn.",
                    "Kijk naar de voorbeelden in content/README.md.",
                )
        return found

    def names(self) -> list[str]:
        """Every name that stands here, for mappings whose names are free."""
        free = [key for key in self._node if isinstance(key, str)]
        self._asked.update(free)
        return free

    def refuse_unknown(self) -> None:
        for key in self._node:
            if key not in self._asked:
                known = sorted(self._asked)
                near = min(known, key=lambda one: OSA.distance(one, str(key)), default="")
                meant = f"Bedoel je '{near}'? " if near and OSA.distance(near, str(key)) <= 2 else ""
                self._report.error(
                    self.file,
                    self.place(key),
                    f"'{_short(str(key))}' bestaat hier niet.",
                    f"{meant}Hier kan: {', '.join(known)}." if known else "Haal de regel weg.",
                )

    def _value(self, name: str) -> object:
        self._asked.add(name)
        value: object = self._node.get(name)
        return value

    def _within(self, place: str, node: CommentedMap) -> Fields:
        return Fields(self.file, node, self._report, above=self._above, path=self.place(place))


def as_day(value: object) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _line_of(node: CommentedMap, key: object) -> int:
    """The line of a key, from 1; a key that came by a merge (`<<`) has none of its own."""
    try:
        return int(node.lc.key(key)[0]) + 1
    except (KeyError, TypeError):
        return int(node.lc.line or 0) + 1


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
