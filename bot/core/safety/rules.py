"""The rules, phrases and idioms of the package data, compiled once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from itertools import chain
from typing import Any, Final
from zlib import crc32

from bot.core.safety.alarm import Tier
from bot.core.safety.data import load
from bot.core.safety.phrases import Phrase, Reader, forget_how_they_were_written, phrase

_NEVER: Final = re.compile(r"(?!)")
WEAK: Final = "? "


@dataclass(frozen=True, slots=True)
class Rule:
    """One listed phrase family. `examples` fire with `tier`, `silent` stay without an alarm; both are tests.

    `pattern` and `weak` read words in their order, `phrases` in any order; a rule has either. What `weak` finds is
    also said in ordinary sentences, so it counts where the model sees danger too. `names` tell what each phrase
    is known by.
    `another`: whatever it says is said of somebody else than who writes.
    """

    id: str
    tier: Tier
    pattern: re.Pattern[str]
    weak: re.Pattern[str] | None
    phrases: tuple[Phrase, ...]
    names: tuple[str, ...]
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


def compiled(patterns: list[str], macros: dict[str, str]) -> re.Pattern[str]:
    for name, meaning in macros.items():
        patterns = [pattern.replace("{" + name + "}", meaning) for pattern in patterns]
    # The space in front lets the engine leap from word to word; the line that is searched starts with one too.
    return re.compile(" (?:" + "|".join(patterns) + r")(?!\S)")


def line_of(rule: str, said: str) -> str:
    """What a line of the data is known by in trust.txt and to the model: it lasts as long as its words do."""
    return f"{crc32(f'{rule} {said}'.encode()):08x}"


def _clear() -> frozenset[str]:
    lines = resources.files(__package__).joinpath("trust.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[0] for line in lines if not line.startswith("#"))


_CLEAR: Final = _clear()


def _counts_by_itself(tier: Tier, rule: str, said: str) -> bool:
    return not needs_proof(tier) or line_of(rule, said) in _CLEAR


def needs_proof(tier: Tier) -> bool:
    """Lines of tier B and C proved themselves in sentences, or count where the model agrees; tier A asks nobody."""
    return tier != "A"


def _phrase(rule: str, tier: Tier, said: str) -> Phrase:
    one = phrase(said)
    return one if one.doubt > 1 else replace(one, doubt=int(not _counts_by_itself(tier, rule, said)))


def _rule(raw: dict[str, Any], macros: dict[str, str]) -> Rule:
    patterns: list[str] = raw.get("patterns", [])
    said: list[str] = raw.get("say", [])
    always = raw.get("loss", False) or raw.get("after_alarm", False)
    strong = [one for one in patterns if always or _counts_by_itself(raw["tier"], raw["id"], one)]
    weak = [one.removeprefix(WEAK) for one in patterns if one not in strong]
    strong = [one.removeprefix(WEAK) for one in strong]
    return Rule(
        id=raw["id"],
        tier=raw["tier"],
        pattern=compiled(strong, macros) if strong else _NEVER,
        weak=compiled(weak, macros) if weak else None,
        phrases=tuple(_phrase(raw["id"], raw["tier"], one) for one in said),
        names=tuple(line_of(raw["id"], one) for one in said),
        negatable=raw.get("negatable", False),
        urgent=raw.get("urgent", False),
        loss=raw.get("loss", False),
        another=raw.get("another", False),
        after_alarm=raw.get("after_alarm", False),
        examples=tuple(raw["examples"]),
        silent=tuple(raw["not"]),
    )


def raw_rules() -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Each rule as the data writes it, with the macros of its patterns."""
    file = load("rules.yaml")
    others = (
        load(f"{name}.yaml") for name in ("phrases", "now", "families", "violence", "hurt", "pain", "another", "worry")
    )
    for raw in chain(file["rules"], *others):
        yield raw, file["macros"]


def _idioms() -> Iterator[Idiom]:
    macros = load("rules.yaml")["macros"]
    for raw in (*load("frames.yaml"), *load("idioms.yaml")):
        yield Idiom(raw["to"], compiled(raw["patterns"], macros), tuple(raw["examples"]))


RULES: Final = tuple(_rule(raw, macros) for raw, macros in raw_rules())
READER: Final = Reader([one for rule in RULES for one in rule.phrases])
forget_how_they_were_written()
IDIOMS: Final = tuple(_idioms())
