"""The second layer: a small linear model that may raise an alarm where no rule does, never silence one.

It adds up weights of words, pairs and pieces of words, and pairs of kinds of words (model.json), learned offline by
tests/core/safety/training; model.md says from what, how well it does and what it misses. Plain Python, no library.
"""

import json
from array import array
from collections.abc import Iterator, Mapping
from importlib import resources
from math import sqrt
from typing import Any, Final

from bot.core.safety.alarm import Alarm
from bot.core.safety.phrases import Places

_PIECES: Final = (3, 4, 5)
_NEAR: Final = 5
_APART: Final = 3
_LONGEST: Final = 300
_KINDS: Final[dict[str, Alarm]] = {
    "self": Alarm("B", third_party=False, rule="model.self"),
    "despair": Alarm("C", third_party=False, rule="model.despair"),
    "violence": Alarm("B", third_party=False, rule="abuse.model"),
    "another": Alarm("B", third_party=True, rule="model.third_party"),
}


def features(line: str, places: Places) -> list[str]:
    """What the model sees of a canonical line, each once: its words, pieces "c...", kinds of words that stand close."""
    found: dict[str, None] = {}
    line = line[:_LONGEST]
    before = "^"
    words = [word for word in line.split() if word != "."]
    for at, word in enumerate(words):
        found[word] = None
        found[f"{before} {word}"] = None
        before = word
        for other in words[at + 2 : at + 2 + _APART]:
            found[f"{word}..{other}"] = None
        framed = f"<{word}>"
        for size in _PIECES:
            for start in range(len(framed) - size + 1):
                found["c" + framed[start : start + size]] = None
    found[f"{before} $"] = None
    found.update(dict.fromkeys(_kinds(places)))
    return list(found)


def judge(line: str, places: Places) -> Alarm | None:
    """The alarm that the model raises for a canonical line, or None below its threshold."""
    held = _held(line, places)
    if not held or _danger(held) < _THRESHOLD:
        return None
    by_kind = {kind: _sum(held, at) / sqrt(len(held)) + _BIASES[at] for at, kind in enumerate(_KINDS, start=1)}
    return _KINDS[max(by_kind, key=lambda kind: by_kind[kind])]


def doubt_overcome(line: str, places: Places) -> int:
    """How doubtful a phrase of a canonical line may be to be believed: 0, 1 or 2, by the danger that the model sees."""
    held = _held(line, places)
    return sum(_danger(held) >= least for least in _SECONDED) if held else 0


def _held(line: str, places: Places) -> list[int]:
    """The places in the columns of weights of the features that the model knows."""
    return [place for feature in features(line, places) if (place := _PLACES.get(feature)) is not None]


def _danger(held: list[int]) -> float:
    return _sum(held, 0) / sqrt(len(held)) + _BIASES[0]


def _kinds(places: Places) -> Iterator[str]:
    first = [(kind, found[0].room) for kind, found in places.items() if kind.isupper()]
    for at, (kind, room) in enumerate(first):
        yield kind
        for other, there in first[at + 1 :]:
            if abs(there - room) <= _NEAR:
                yield f"{kind}+{other}" if kind < other else f"{other}+{kind}"


def _sum(held: list[int], at: int) -> int:
    weights = _WEIGHTS[at]
    return sum(weights[place] for place in held)


_FILE: dict[str, Any] = json.loads(resources.files(__package__).joinpath("model.json").read_text(encoding="utf-8"))
# Columns of small numbers: a list for each feature would take three times the memory.
_PLACES: Final[Mapping[str, int]] = {feature: place for place, feature in enumerate(_FILE["features"])}
_WEIGHTS: Final = [array("h", column) for column in _FILE["weights"]]
_BIASES: Final[list[float]] = _FILE["biases"]
_THRESHOLD: Final[float] = _FILE["threshold"]
_SECONDED: Final[list[float]] = _FILE["seconded"]
del _FILE
