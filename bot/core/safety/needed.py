"""Which patterns a line needs at all: each branch of a pattern names a word that the line must have for it to hold.

Trying every pattern on every message took most of the check's time, and nearly no message has the words that they
wait for. What a pattern needs is read from the pattern itself, so nobody has to write it down; where that can't be
told, the pattern is always tried. The answer is never "no" for a pattern that would have matched.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from re import Pattern

# The parser of the standard library has no public door; test_needed.py holds what it gives to the patterns themselves.
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias

# Words that say little about a sentence, the commonest first: a branch is asked for another of its words if it has one.
_COMMON: Final = {
    word: place
    for place, word in enumerate(
        """
        ik mijn de en het een niet hij dat is in op van wil heb me ben met meer voor ze heeft te mij als er dood zijn
        die aan maar bij om leven ga was man zegt naar over dan nu je nog geen kan haar zo wat mezelf hem uit al moet
        zei weer dochter slaat we gaat alleen door moeder tegen dit bang vandaag alles niks weg ook dag wel hoe zoon
        weet doe iets vader elke na kinderen tot hebben niemand toen morgen doen denk vriend of ons zou want mag
        vanavond keer komt gaan voel had zonder iemand vriendin nooit wordt i goed gewoon laat altijd doet thuis word
        dus broer af uur hier huis werk zus zie drie zeg deze vrouw waar zin nee iedereen klaar zij jaar laatste staat
        gedaan wakker week echt mama onder beter hele zichzelf veel ex sinds zich deur kind maken eigen zeggen twee
        """.split()
    )
}
_MOST_STATES: Final = 4000
# The whole word to ask for so far, and the letters since the last space; None where either can't be told.
_State: TypeAlias = tuple[str | None, str | None]
_UNKNOWN: Final[frozenset[_State]] = frozenset({(None, None)})


class Needed:
    """Finds the patterns that may match a line, in their order. Each pattern starts with a space and ends a word."""

    def __init__(self, patterns: Sequence[Pattern[str]]) -> None:
        self._always = 0
        self._by_word: dict[str, int] = {}
        for place, pattern in enumerate(patterns):
            words = needed_words(pattern.pattern)
            if words is None:
                self._always |= 1 << place
            for word in words or ():
                self._by_word[word] = self._by_word.get(word, 0) | 1 << place

    def places(self, line: str, start: int = 0) -> Iterator[int]:
        """The places of the patterns from `start` on that `line` has a word of."""
        by_word = self._by_word
        waiting = self._always
        for word in set(line.split()):
            waiting |= by_word.get(word, 0)
        waiting = waiting >> start << start
        while waiting:
            lowest = waiting & -waiting
            yield lowest.bit_length() - 1
            waiting ^= lowest


def needed_words(pattern: str) -> frozenset[str] | None:
    """Words of which every line that matches has one at least, or None when there may be none of them."""
    ends = _after(_UNKNOWN, parser.parse(pattern))
    words = {word for word, _ in _feed(ends, " ")}
    return None if None in words else frozenset(word for word in words if word is not None)


def _after(states: frozenset[_State], tree: Iterable[tuple[Any, Any]]) -> frozenset[_State]:
    for is_text, items in groupby(tree, lambda item: item[0] is codes.LITERAL):
        if is_text:
            states = _feed(states, "".join(chr(letter) for _, letter in items))
            continue
        for code, argument in items:
            states = _step(states, code, argument)
            if len(states) > _MOST_STATES:
                states = _blurred(states)
    return states


def _step(states: frozenset[_State], code: Any, argument: Any) -> frozenset[_State]:
    if code is codes.SUBPATTERN:
        return _after(states, argument[-1])
    if code is codes.BRANCH:
        return frozenset().union(*(_after(states, branch) for branch in argument[1]))
    if code in {codes.MIN_REPEAT, codes.MAX_REPEAT}:
        least, most, repeated = argument
        once = _after(states, repeated)
        many = _after(_blurred(once), repeated) if most > 1 else once
        return once | many | (states if least == 0 else frozenset())
    if code in {codes.AT, codes.ASSERT, codes.ASSERT_NOT}:
        return states  # they take no room
    if code is codes.IN and all(one is codes.LITERAL for one, _ in argument):
        return frozenset().union(*(_feed(states, chr(letter)) for _, letter in argument))
    return _blurred(states)


def _feed(states: Iterable[_State], text: str) -> frozenset[_State]:
    first, *others = text.split(" ")
    states = frozenset((word, None if letters is None else letters + first) for word, letters in states)
    for letters in others:
        words = {_rarer(word, before) for word, before in states}
        # Of a branch that has a rare word no other is wanted.
        states = frozenset((word, letters if word is None or word in _COMMON else None) for word in words)
    return states


def _blurred(states: Iterable[_State]) -> frozenset[_State]:
    return frozenset((word, None) for word, _ in states)


def _rarer(one: str | None, other: str | None) -> str | None:
    if not one or not other:
        return one or other or None
    return min(one, other, key=lambda word: (-_COMMON.get(word, len(_COMMON)), -len(word), word))
