"""The rules, phrases and idioms of the package data, compiled once."""

import re
from dataclasses import dataclass
from typing import Any, Final

from bot.core.safety.alarm import Tier
from bot.core.safety.data import load
from bot.core.safety.phrases import Phrase, Reader, phrase

_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One listed phrase family. `examples` fire with `tier`, `silent` stay without an alarm; both are tests.

    `pattern` reads words in their order, `phrases` in any order; a rule has one of the two. `another`: whatever it says
    is said of somebody else than who writes.
    """

    id: str
    tier: Tier
    pattern: re.Pattern[str]
    phrases: tuple[Phrase, ...]
    negatable: bool
    urgent: bool
    loss: bool
    another: bool
    after_alarm: bool
    examples: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Idiom:
    """A figure of speech; `meaning` takes the place of its span."""

    meaning: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]


def _compiled(patterns: list[str], macros: dict[str, str]) -> re.Pattern[str]:
    for name, meaning in macros.items():
        patterns = [pattern.replace("{" + name + "}", meaning) for pattern in patterns]
    # The space in front lets the engine leap from word to word; the line that is searched starts with one too.
    return re.compile(" (?:" + "|".join(patterns) + r")(?!\S)")


def _rule(raw: dict[str, Any], macros: dict[str, str]) -> Rule:
    return Rule(
        id=raw["id"],
        tier=raw["tier"],
        pattern=_compiled(raw["patterns"], macros) if "patterns" in raw else _NEVER,
        phrases=tuple(map(phrase, raw.get("say", ()))),
        negatable=raw.get("negatable", False),
        urgent=raw.get("urgent", False),
        loss=raw.get("loss", False),
        another=raw.get("another", False),
        after_alarm=raw.get("after_alarm", False),
        examples=tuple(raw["examples"]),
        silent=tuple(raw["not"]),
    )


_FILE: Final = load("rules.yaml")
RULES: Final = tuple(
    _rule(raw, _FILE["macros"])
    for raw in (*_FILE["rules"], *load("phrases.yaml"), *load("violence.yaml"), *load("another.yaml"))
)
READER: Final = Reader([one for rule in RULES for one in rule.phrases])
IDIOMS: Final = tuple(
    Idiom(raw["to"], _compiled(raw["patterns"], _FILE["macros"]), tuple(raw["examples"])) for raw in load("idioms.yaml")
)
