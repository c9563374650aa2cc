"""Phrases: words of some kinds close together, in any order, however the sentence is built.

A regular expression knows one word order; people in a bad hour don't. A phrase such as "MEDICINE SWALLOWED MANY" holds
when a word of each kind stands within reach of the first one. The kinds (concepts.yaml) list verb families with their
split forms, dialect and youth words. Words that only fill ("gewoon", "echt") take no room, the end of a sentence takes
three words of it. Reading is linear in the number of words: a phrase is looked at only where its first kind stands.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

from bot.core.safety.data import load
from bot.core.safety.wordlist import WordList

_REACH: Final = 7
_ROOM_OF_A_STOP: Final = 3
_SHORTEST_STEM: Final = 3
_LOOK_AHEAD: Final = 60

_DOUBTS: Final = {"?": 1, "??": 2, "???": 3}

_FILE: dict[str, Any] = load("concepts.yaml")
_FILLERS: Final = frozenset(_FILE["fillers"].split())
_TRAILING: Final = _FILLERS | {"meer", "vol", "aan"}
_CLOSERS: Final = frozenset(_FILE["closers"].split())
_CONCEPTS: Final[dict[str, tuple[str, ...]]] = {name: tuple(said.split()) for name, said in _FILE["concepts"].items()}
del _FILE


@dataclass(frozen=True, slots=True)
class Term:
    """One kind of word, or one of several: of two that stand equally near, the first that is written counts.

    `after`: it stands behind the term before it.
    """

    kinds: tuple[str, ...]
    after: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that stand together; the first one is the rarest. None of `absent` stands within reach, or within `clear`.

    `closed`: nothing is said about it behind the last word ("ik kan niet meer", not "ik kan niet meer met hem").
    `doubt`: 0 counts by itself; 1 and 2 stand together in ordinary sentences too, and count where the model sees
    some danger (1) or a good deal of it (2), or where it sees, without being told of the phrase, that who writes is in
    danger (3).
    """

    first: Term
    others: tuple[Term, ...]
    absent: tuple[str, ...]
    reach: int
    clear: int
    closed: bool
    doubt: int


class Place(NamedTuple):
    """Where a word, or several that belong together, stand: its room in the sentence and its span in the line."""

    room: int
    start: int
    end: int


Places = Mapping[str, Sequence[Place]]


def concept(name: str) -> tuple[str, ...]:
    """The words of the kind `name`, as the data writes them."""
    return _CONCEPTS[name]


def concept_sizes() -> dict[str, int]:
    """How many words each kind has."""
    return {name: len(said) for name, said in _CONCEPTS.items()}


def fillers() -> frozenset[str]:
    """The words that take no room in a phrase."""
    return _FILLERS


def single_words() -> frozenset[str]:
    """Every whole word of every kind."""
    return frozenset(word for said in _CONCEPTS.values() for word in said if word.isalpha())


def phrase(said: str) -> Phrase:
    """The phrase as the data writes it: `KIND other|KIND >behind !absent /reach $ ?`, or `/reach:clear`.

    A word in capitals is a kind, `$` says closed, `?`, `??` and `???` a doubt of 1, 2 or 3.
    """
    terms: list[Term] = []
    absent: list[str] = []
    reach = clear = _REACH
    parts = said.split()
    for part in parts:
        if part == "$" or part in _DOUBTS:
            continue
        if part.startswith("/"):
            near, _, far = part[1:].partition(":")
            reach, clear = int(near), int(far or near)
        elif part.startswith("!"):
            absent += part[1:].split("|")
        else:
            terms.append(_term(part))
    for kind in (*absent, *(kind for term in terms for kind in term.kinds)):
        if kind.isupper() and len(kind) > 1 and kind not in _CONCEPTS:
            raise ValueError(f"No concept {kind} in {said!r}")
    return Phrase(
        terms[0],
        tuple(terms[1:]),
        _kinds_in("|".join(absent)) if absent else (),
        reach,
        clear,
        closed="$" in parts,
        doubt=max((_DOUBTS.get(part, 0) for part in parts), default=0),
    )


@cache
def _term(part: str) -> Term:
    return Term(_kinds_in(part.removeprefix(">")), after=part.startswith(">"))


@cache
def _kinds_in(said: str) -> tuple[str, ...]:
    """Each once. Thousands of phrases name the same words, so each word and each list of them is kept once too."""
    return tuple(map(_kept, dict.fromkeys(said.split("|"))))


@cache
def _kept(word: str) -> str:
    """Each word once, as sys.intern does, whose own table would stay as large as it once was."""
    return word


def forget_how_they_were_written() -> None:
    """When all phrases are made, what they share needs no finding any more."""
    _term.cache_clear()
    _kinds_in.cache_clear()
    _kept.cache_clear()


class Reader:
    """Finds which kinds of words a line has. Made once, for all literal words that the phrases name."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        named = {
            kind
            for one in phrases
            for kind in chain(one.absent, one.first.kinds, *(term.kinds for term in one.others))
            if kind not in _CONCEPTS
        }
        self._literals = WordList(word for word in named if word.isalnum())
        self._words: dict[str, tuple[str, ...]] = {}
        self._stems: dict[str, tuple[str, ...]] = {}
        self._tails: dict[str, tuple[str, ...]] = {}
        # By their first two words: hundreds begin with "ik" or "niet".
        self._groups: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
        groups = sorted(word for word in named if not word.isalnum())
        for kind, said in (*_CONCEPTS.items(), *((word, (word,)) for word in groups)):
            for word in said:
                self._learn(word, kind)
        self._share()
        self._kinds = lru_cache(maxsize=8192)(self._kinds_of)

    def _learn(self, word: str, kind: str) -> None:
        if "_" in word:
            first, second, *rest = map(_kept, word.split("_"))
            begin = _kept(f"{first}_{second}")
            self._groups[begin] = (*self._groups.get(begin, ()), (tuple(rest), kind))
        elif word.endswith("*"):
            self._stems[word[:-1]] = (*self._stems.get(word[:-1], ()), kind)
        elif word.startswith("*"):
            self._tails[word[1:]] = (*self._tails.get(word[1:], ()), kind)
        else:
            self._words[word] = (*self._words.get(word, ()), kind)

    def _share(self) -> None:
        """Keep equal tuples once: most words are of one kind, and many groups end alike."""
        kept: dict[tuple[str, ...], tuple[str, ...]] = {}
        for by_word in (self._words, self._stems, self._tails):
            for word, kinds in by_word.items():
                by_word[word] = kept.setdefault(kinds, kinds)
        for first, groups in self._groups.items():
            self._groups[first] = tuple((kept.setdefault(rest, rest), kind) for rest, kind in groups)

    def _kinds_of(self, word: str) -> tuple[str, ...]:
        found = self._named(word)
        if word.isdecimal():
            found += self._named("tens" if 10 <= int(word[:6]) <= 500 else "#")
        for cut in range(_SHORTEST_STEM, len(word) + 1):
            found.extend(self._stems.get(word[:cut], ()))
            found.extend(self._tails.get(word[-cut:], ()))
        return tuple(dict.fromkeys(found))

    def _named(self, word: str) -> list[str]:
        found = list(self._words.get(word, ()))
        if word in self._literals:
            found.append(word)
        return found

    def read(self, line: str) -> dict[str, list[Place]]:
        """The places of each kind that the line has, in their order."""
        places: dict[str, list[Place]] = {}
        words = line.split(" ")
        room = start = 0
        for at, word in enumerate(words):
            end = start + len(word)
            if word == ".":
                room += _ROOM_OF_A_STOP
            elif word:
                for kind in self._kinds(word):
                    places.setdefault(kind, []).append(Place(room, start, end))
                for kind, behind in self._grouped(words, at):
                    places.setdefault(kind, []).append(Place(room, start, end + behind))
                if word not in _FILLERS:
                    room += 1
            start = end + 1
        return places

    def _grouped(self, words: Sequence[str], at: int) -> Iterator[tuple[str, int]]:
        """The kinds of words that belong together from `at` on, each with how many characters further its last ends."""
        length = 0
        seen: set[str] = set()
        for second in range(at + 1, len(words)):
            word = words[second]
            length += 1 + len(word)
            if word not in seen:
                for rest, kind in self._groups.get(f"{words[at]}_{word}", ()):
                    further = _follows(words, second + 1, rest)
                    if further is not None:
                        yield kind, length + further
            if word not in _FILLERS:
                return
            seen.add(word)


def _follows(words: Sequence[str], at: int, rest: Sequence[str]) -> int | None:
    """How many characters further the last word of `rest` ends, or None when they don't follow."""
    length = 0
    for wanted in rest:
        while at < len(words) and words[at] != wanted and words[at] in _FILLERS:
            length += 1 + len(words[at])
            at += 1
        if at >= len(words) or words[at] != wanted:
            return None
        length += 1 + len(wanted)
        at += 1
    return length


def find(one: Phrase, places: Places, line: str) -> Iterator[tuple[Place, ...]]:
    """The places of the terms in the line, each time that the phrase holds."""
    known = places.keys()
    if any(known.isdisjoint(term.kinds) for term in one.others):
        return
    for kind in one.first.kinds:
        for first in places.get(kind, ()):
            found = _complete(one, places, first)
            if found is None or _stands_near(one.absent, places, first, one.clear):
                continue
            if not one.closed or _closes(line, max(place.end for place in found)):
                yield found


def _complete(one: Phrase, places: Places, first: Place) -> tuple[Place, ...] | None:
    found = [first]
    for term in one.others:
        near = _nearest(term, places, first, one.reach, found)
        if near is None:
            return None
        found.append(near)
    return tuple(found)


def _nearest(term: Term, places: Places, first: Place, reach: int, taken: Sequence[Place]) -> Place | None:
    best: Place | None = None
    distance = reach + 1
    earliest = taken[-1].start + 1 if term.after else 0
    for kind in term.kinds:
        held = places.get(kind)
        if held is None:
            continue
        at = bisect_left(held, first.room - reach, key=_room)
        while at < len(held) and held[at].room <= first.room + reach:
            place = held[at]
            away = abs(place.room - first.room)
            if away < distance and place.start >= earliest and not any(_overlap(place, other) for other in taken):
                best, distance = place, away
            at += 1
    return best


def _room(place: Place) -> int:
    return place.room


def _overlap(one: Place, other: Place) -> bool:
    return one.start < other.end and other.start < one.end


def _stands_near(kinds: Sequence[str], places: Places, first: Place, reach: int) -> bool:
    return any(abs(place.room - first.room) <= reach for kind in kinds for place in places.get(kind, ()))


def _closes(line: str, end: int) -> bool:
    words = [word for word in line[end : end + _LOOK_AHEAD].split() if word not in _TRAILING]
    return not words or words[0] in _CLOSERS or "_".join(words[:2]) in _CLOSERS
