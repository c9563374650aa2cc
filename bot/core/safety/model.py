"""The second layer: a small linear model that may raise an alarm where no rule does, never silence one.

It adds up weights of words, pairs and pieces of words, and pairs of kinds of words (model.json), learned offline by
tests/core/safety/training; model.md says from what, how well it does and what it misses. Plain Python, no library.

The file and the memory hold no feature itself, only its number: sixty thousand strings with a dict to find them in took
ten megabytes of every process, and columns of numbers take one.
"""

import json
import sys
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import chain
from math import sqrt
from typing import Any, Final, TypeAlias
from zlib import compress, crc32, decompress

from bot.core.safety.alarm import Alarm
from bot.core.safety.phrases import Places

_PIECES: Final = (3, 4, 5)
_NEAR: Final = 5
_APART: Final = 3
_LONGEST: Final = 300
_WORDS_REMEMBERED: Final = 2048
Column: TypeAlias = "array[int]"
_KINDS: Final[dict[str, Alarm]] = {
    "self": Alarm("B", third_party=False, rule="model.self"),
    "despair": Alarm("C", third_party=False, rule="model.despair"),
    "violence": Alarm("B", third_party=False, rule="abuse.model"),
    "another": Alarm("B", third_party=True, rule="model.third_party"),
}


def features(line: str, places: Places) -> list[str]:
    """What the model sees of a canonical line, each once: its words, pieces "c...", kinds of words that stand close."""
    words = _words(line)
    return list(dict.fromkeys(chain(*map(_of_word, words), _of_words(words), _kinds(places))))


def number(feature: str) -> int:
    """What the file knows the feature by. Of two that share one, which is rare, the heavier counts."""
    return crc32(feature.encode())


def packed(numbers: Sequence[int], typecode: str) -> str:
    """A column of the file: `typecode` of `array`, little-endian, compressed, as text."""
    column = array(typecode, numbers)
    _turn(column)
    return b64encode(compress(column.tobytes(), 9)).decode("ascii")


def unpacked(text: str, typecode: str) -> Column:
    """The numbers of a column of the file."""
    column = array(typecode)
    column.frombytes(decompress(b64decode(text)))
    _turn(column)
    return column


def _turn(column: Column) -> None:
    if sys.byteorder == "big":
        column.byteswap()


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


def _held(line: str, places: Places) -> set[int]:
    """The places in the columns of weights of the features that the model knows."""
    words = _words(line)
    return set(chain(*map(_known_of_word, words), _known(_of_words(words)), _known(_kinds(places))))


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _known_of_word(word: str) -> tuple[int, ...]:
    return tuple(_known(_of_word(word)))


def _known(features: Iterator[str]) -> Iterator[int]:
    for feature in features:
        wanted = number(feature)
        place = bisect_left(_NUMBERS, wanted)
        if place < len(_NUMBERS) and _NUMBERS[place] == wanted:
            yield place


def _danger(held: set[int]) -> float:
    return _sum(held, 0) / sqrt(len(held)) + _BIASES[0]


def _words(line: str) -> list[str]:
    return [word for word in line[:_LONGEST].split() if word != "."]


def _of_word(word: str) -> Iterator[str]:
    yield word
    framed = f"<{word}>"
    for size in _PIECES:
        for start in range(len(framed) - size + 1):
            yield "c" + framed[start : start + size]


def _of_words(words: Sequence[str]) -> Iterator[str]:
    before = "^"
    for at, word in enumerate(words):
        yield f"{before} {word}"
        before = word
        for other in words[at + 2 : at + 2 + _APART]:
            yield f"{word}..{other}"
    yield f"{before} $"


def _kinds(places: Places) -> Iterator[str]:
    first = [(kind, found[0].room) for kind, found in places.items() if kind.isupper()]
    for at, (kind, room) in enumerate(first):
        yield kind
        for other, there in first[at + 1 :]:
            if abs(there - room) <= _NEAR:
                yield f"{kind}+{other}" if kind < other else f"{other}+{kind}"


def _sum(held: set[int], at: int) -> int:
    weights = _WEIGHTS[at]
    return sum(weights[place] for place in held)


_FILE: dict[str, Any] = json.loads(resources.files(__package__).joinpath("model.json").read_text(encoding="utf-8"))
_NUMBERS: Final = unpacked(_FILE["numbers"], "I")
_WEIGHTS: Final = [unpacked(column, "h") for column in _FILE["weights"]]
_BIASES: Final[list[float]] = _FILE["biases"]
_THRESHOLD: Final[float] = _FILE["threshold"]
_SECONDED: Final[list[float]] = _FILE["seconded"]
del _FILE
