"""The rules, phrases and idioms of the package data, compiled once."""

import re
from dataclasses import dataclass
from typing import Any, Final

from bot.core.safety.alarm import Tier
from bot.core.safety.data import load
from bot.core.safety.phrases import Phrase, Reader, phrase

_NEVER: Final = re.compile(r"(?!)")
_WEAK: Final = "? "


@dataclass(frozen=True, slots=True)
class Rule:
    """One listed phrase family. `examples` fire with `tier`, `silent` stay without an alarm; both are tests.

    `pattern` and `weak` read words in their order, `phrases` in any order; a rule has either. What `weak` finds is
    also said in ordinary sentences, so it counts where the model sees danger too (in rules.yaml: "? pattern").
    `another`: whatever it says is said of somebody else than who writes.
    """

    id: str
    tier: Tier
    pattern: re.Pattern[str]
    weak: re.Pattern[str] | None
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
    patterns: list[str] = raw.get("patterns", [])
    strong = [pattern for pattern in patterns if not pattern.startswith(_WEAK)]
    weak = [pattern.removeprefix(_WEAK) for pattern in patterns if pattern.startswith(_WEAK)]
    return Rule(
        id=raw["id"],
        tier=raw["tier"],
        pattern=_compiled(strong, macros) if strong else _NEVER,
        weak=_compiled(weak, macros) if weak else None,
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
    for raw in (
        *_FILE["rules"],
        *load("phrases.yaml"),
        *load("families.yaml"),
        *load("violence.yaml"),
        *load("hurt.yaml"),
        *load("another.yaml"),
    )
)
READER: Final = Reader([one for rule in RULES for one in rule.phrases])
IDIOMS: Final = tuple(
    Idiom(raw["to"], _compiled(raw["patterns"], _FILE["macros"]), tuple(raw["examples"]))
    for raw in (*load("frames.yaml"), *load("idioms.yaml"))
)
