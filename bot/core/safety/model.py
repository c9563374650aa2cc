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
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import accumulate, chain
from math import sqrt
from typing import Any, Final, TypeAlias
from zlib import compress, crc32, decompress

from bot.core.safety.alarm import Alarm
from bot.core.safety.phrases import Places, concept_sizes
from bot.core.safety.tokens import DENIALS, tokens

_PIECES: Final = (3, 4, 5)
_NEAR: Final = 5
_APART: Final = 3
_AFAR: Final = 4
_TOGETHER: Final = 8
_LONGEST: Final = 300
# The words of late, each by itself: never two together, so that nothing of what somebody said can be read from them.
_WORDS_REMEMBERED: Final = 2048
Column: TypeAlias = "array[int]"
_KINDS: Final[dict[str, Alarm]] = {
    "self": Alarm("B", third_party=False, rule="model.self"),
    "despair": Alarm("C", third_party=False, rule="model.despair"),
    "violence": Alarm("B", third_party=False, rule="abuse.model"),
    "another": Alarm("B", third_party=True, rule="model.third_party"),
}


def features(line: str, places: Places, evidence: Iterable[str]) -> tuple[list[str], ...]:
    """What the model sees of a canonical line, in groups that weigh alike: its words, how kinds of them stand to each
    other, and what the rules heard."""
    words = _words(line)
    of_words = chain(*map(_of_word, words), _of_words(words), _kinds(places))
    return tuple(list(dict.fromkeys(group)) for group in (of_words, _of_tokens(tokens(line, places)), evidence))


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
    return column[:]  # without the room to grow that it was given


def _halves(numbers: Iterable[int]) -> tuple[Column, Column]:
    """Sorted numbers: where those with each first half start, and their second halves. Few have one first half."""
    counts = array("I", bytes(4 << 16))
    ends = array("H")
    for one in numbers:
        counts[one >> 16] += 1
        ends.append(one & 0xFFFF)
    return array("I", accumulate(counts, initial=0))[:], ends[:]


def _turn(column: Column) -> None:
    if sys.byteorder == "big":
        column.byteswap()


def judge(line: str, places: Places, evidence: Iterable[str]) -> Alarm | None:
    """The alarm that the model raises for a canonical line, or None below its threshold."""
    found = held(line, places, evidence)
    if _score(found, 0) < _THRESHOLD:
        return None
    by_kind = {kind: _score(found, at) for at, kind in enumerate(_KINDS, start=1)}
    return _KINDS[max(by_kind, key=lambda kind: by_kind[kind])]


def sees_danger(line: str, places: Places, evidence: Iterable[str]) -> bool:
    """Whether what the rules heard in a canonical line is to be believed."""
    return _score(held(line, places, evidence), 0) >= _THRESHOLD


def held(line: str, places: Places, evidence: Iterable[str]) -> tuple[set[int], ...]:
    """The places in the columns of weights of the features that the model knows, by group."""
    words = _words(line)
    of_words = {*chain.from_iterable(map(_known_of_word, words)), *known(_of_words(words)), *_known_kinds(places)}
    of_words.discard(_NOWHERE)
    return of_words, set(known(_of_tokens(tokens(line, places)))), set(known(evidence))


@lru_cache(maxsize=_WORDS_REMEMBERED)
def _known_of_word(word: str) -> tuple[int, ...]:
    return tuple(known(_of_word(word)))


def _known_kinds(places: Places) -> Iterator[int]:
    """The places of `_kinds`, looked up by the two kinds; those that the model does not know are nowhere."""
    rows, pairs = _ROWS, _PAIRS
    first = [(rows[kind], found[0].room) for kind, found in places.items() if kind in rows]
    for at, (row, room) in enumerate(first):
        least, most, begin = room - _NEAR, room + _NEAR, row * len(rows)
        yield from [pairs[begin + other] for other, there in first[at:] if least <= there <= most]


def _pairs(kinds: Sequence[str]) -> Column:
    """Where each kind with each other stands, either way round, and each with itself: where it stands alone."""
    pairs = array("I", [_NOWHERE]) * (len(kinds) ** 2)
    for row, kind in enumerate(kinds):
        for column, other in enumerate(kinds[row:], start=row):
            named = kind if kind == other else "+".join(sorted((kind, other)))
            for place in known([named]):
                pairs[row * len(kinds) + column] = pairs[column * len(kinds) + row] = place
    return pairs


def known(features: Iterable[str]) -> list[int]:
    """The places in the columns of weights of those features that the model knows."""
    starts, ends = _STARTS, _ENDS
    found: list[int] = []
    for feature in features:
        wanted = crc32(feature.encode())
        first, last = wanted >> 16, wanted & 0xFFFF
        behind = starts[first + 1]
        place = bisect_left(ends, last, starts[first], behind)
        if place < behind and ends[place] == last:
            found.append(place)
    return found


def _score(found: tuple[set[int], ...], at: int) -> float:
    return sum(_sum(group, at) / sqrt(len(group)) for group in found if group) + _BIASES[at]


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


def _of_tokens(said: Sequence[str]) -> Iterator[str]:
    """Neighbours, two and three, pairs that stand near, and kinds that stand near in any order."""
    framed = ["^", *said, "$"]
    for at, one in enumerate(framed[:-1]):
        yield f"m{one} {framed[at + 1]}"
        if at + 2 < len(framed):
            yield f"m{one} {framed[at + 1]} {framed[at + 2]}"
    for at, one in enumerate(said):
        if one != ".":
            for other in said[at + 2 : at + 2 + _AFAR]:
                if other != ".":
                    yield f"s{one}~{other}"
    kinds = [(at, one) for at, one in enumerate(said) if one[0] in "#@" or one in DENIALS]
    for place, (at, one) in enumerate(kinds):
        for there, other in kinds[place + 1 :]:
            if there - at > _TOGETHER:
                break
            yield f"p{one}|{other}" if one < other else f"p{other}|{one}"


def _sum(places: set[int], at: int) -> int:
    return sum(map(_WEIGHTS[at].__getitem__, places))


_FILE: dict[str, Any] = json.loads(resources.files(__package__).joinpath("model.json").read_text(encoding="utf-8"))
# Each number is written as its distance from the one before, which takes half the room.
_STARTS, _ENDS = _halves(accumulate(unpacked(_FILE["distances"], "I")))
_NOWHERE: Final = len(_ENDS)
_ROWS: Final = {kind: row for row, kind in enumerate(kind for kind in concept_sizes() if kind.isupper())}
_PAIRS: Final = _pairs(tuple(_ROWS))
_WEIGHTS: Final = [unpacked(column, "b") for column in _FILE["weights"]]
_BIASES: Final[list[float]] = _FILE["biases"]
_THRESHOLD: Final[float] = _FILE["threshold"]
del _FILE
