"""Which keyword somebody sent: as people type it, in any case, with typos, in pieces or inside a sentence."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.near_words import EVERYDAY, NEAR_WORDS, REQUEST_CUES, REQUEST_WORDS
from bot.core.text import normalise, words

_ENDINGS: Final = frozenset(
    {"en", "n", "s", "'s", "es", "e", "je", "jes", "tje", "tjes", "etje", "etjes", "pje", "pjes", "sen", "pen"}
)
_PIECES: Final = 4
_READ_WORDS: Final = 150
_RAW_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_VERBS: Final = {
    "twijfel": frozenset({"ik", "je", "jij", "we", "u"}),
    "terugtrekken": frozenset({"me", "mij", "mezelf", "mijzelf", "zich", "je", "ons", "te"}),
}
_SENDING: Final = frozenset({"stuur", "stuurt", "sturen", "geef", "zend"})
_HELD: Final = re.compile(r"(.)\1\1")
_REPEAT: Final = re.compile(r"(.)\1+")
_CUE: Final = re.compile(r"\b(?:" + "|".join(map(re.escape, REQUEST_CUES)) + r")\b")


@dataclass(frozen=True, slots=True)
class Match:
    """A keyword that was meant. Not `sure`: ask "bedoel je ...?". `whole`: the message is nothing but the keyword."""

    name: str
    sure: bool
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    key: str
    start: int
    stop: int
    distance: int

    def covers(self, other: "_Candidate") -> bool:
        return self.start <= other.start and other.stop <= self.stop


def match(text: str, names: Iterable[str]) -> Match | None:
    """The keyword among `names` that the text asks for, or None.

    An exact name beats a typo, a longer name a shorter one, the whole message a part of it. Two different names that
    fit equally well give the longer one, unsure. A word of every day ("twijfel") counts inside a longer sentence only
    in capitals or after a word that asks for something.
    """
    keys = _keys(tuple(names))
    tokens = _join_spelled(words(text))[:_READ_WORDS]
    if not tokens or not keys:
        return None
    return _whole(text, tokens, keys) or _inside(text, tokens, keys)


@lru_cache(maxsize=256)
def _keys(names: tuple[str, ...]) -> dict[str, str]:
    keys = (("".join(words(name)), name) for name in names)
    return {key: name for key, name in keys if key}


def _join_spelled(tokens: Sequence[str]) -> list[str]:
    """Letters typed one by one ("h e c h t i n g") become one word again."""
    joined: list[str] = []
    run: list[str] = []
    for token in [*tokens, ""]:
        if len(token) == 1 and token.isalpha():
            run.append(token)
            continue
        joined.extend(["".join(run)] if len(run) > 3 else run)
        run = []
        if token:
            joined.append(token)
    return joined


def _whole(text: str, tokens: list[str], keys: dict[str, str]) -> Match | None:
    """The message is the keyword and at most some words of asking around it."""
    core = _strip(tokens, keys)
    for reading in (core, tokens):
        key = _squeezed_key("".join(reading), keys) if len(reading) <= _PIECES + 8 else None
        if key is not None:
            return None if _is_verb_here(tokens, key, text) else Match(keys[key], sure=True, whole=True)
    for reading in (core, tokens):
        found = _nearest("".join(reading), len(reading), keys) if 0 < len(reading) <= _PIECES + 1 else None
        if found is not None:
            key, sure = found
            return None if _is_verb_here(tokens, key, text) else Match(keys[key], sure=sure, whole=True)
    return None


def _nearest(word: str, pieces: int, keys: dict[str, str]) -> tuple[str, bool] | None:
    """The key that a word was meant to be, and whether that is sure."""
    if len(word) > 40 or word in NEAR_WORDS:
        return None
    found = sorted(_near(word, pieces, keys))
    if not found:
        return None
    distance, _, key = found[0]
    rivals = [other for other in found[1:] if other[:2] == found[0][:2]]
    return key, not rivals and not _is_part(word, key) and _surely(key, distance)


def _squeezed_key(word: str, keys: dict[str, str]) -> str | None:
    """The key itself, or the key with a letter held down ("hechtinggg")."""
    if word in keys:
        return word
    if not _HELD.search(word):
        return None
    return next((key for key in keys if _REPEAT.sub(r"\1", key) == _REPEAT.sub(r"\1", word)), None)


def _strip(tokens: list[str], keys: dict[str, str]) -> list[str]:
    asking = [token in REQUEST_WORDS and token not in keys for token in tokens]
    inner = [position for position, asks in enumerate(asking) if not asks]
    if not inner:
        return []
    first, last = inner[0], inner[-1]
    # A single letter before the word may be its first piece ("e cursus").
    if first and len(tokens[first - 1]) == 1 and tokens[first - 1] + tokens[first] in keys:
        first -= 1
    if any(asking[first : last + 1]) and "".join(tokens[first : last + 1]) not in keys:
        return [token for token, asks in zip(tokens, asking, strict=True) if not asks]
    return tokens[first : last + 1]


def _near(word: str, pieces: int, keys: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    for key in keys:
        if _inflected(word, key):
            yield 0, -len(key), key
            continue
        reach = _reach(key)
        distance = OSA.distance(word, key, score_cutoff=reach)
        if distance <= reach:
            yield distance, -len(key), key
        elif pieces == 1 and (_is_part(word, key) or (len(key) >= 8 and word.startswith(key))):
            yield reach + 1, -len(key), key


def _reach(key: str) -> int:
    """How many typos a message that is nothing else may have."""
    return 1 if len(key) <= 5 else 2 if len(key) <= 8 else 3


def _surely(key: str, distance: int) -> bool:
    if len(key) <= 5:
        return distance == 0
    return distance <= (1 if len(key) <= 8 else 2)


def _is_part(word: str, key: str) -> bool:
    return 6 <= len(word) < len(key) and word not in NEAR_WORDS and (key.startswith(word) or key.endswith(word))


def _inflected(word: str, key: str) -> bool:
    return len(key) > 4 and word not in NEAR_WORDS and word.startswith(key) and word[len(key) :] in _ENDINGS


def _is_verb_here(tokens: list[str], key: str, text: str) -> bool:
    """ "ik twijfel" and "ik wil me terugtrekken" ask for nothing; "ik TWIJFEL" and "stuur me terugtrekken" do."""
    if key not in _VERBS or key not in tokens or _shouted(key, text) or not _SENDING.isdisjoint(tokens):
        return False
    at = tokens.index(key)
    return at > 0 and tokens[at - 1] in _VERBS[key]


def _inside(text: str, tokens: list[str], keys: dict[str, str]) -> Match | None:
    """A keyword inside a longer sentence."""
    if len(tokens) < 2:
        return None
    asks = _asked_for(text)
    found = list(_candidates(tokens, keys))
    exact = [one for one in found if one.distance == 0]
    exact = [one for one in exact if _counts(one, tokens, text)]
    typos = [one for one in found if one.distance and _counts(one, tokens, text)]
    for typo in typos:
        covered = [one for one in exact if typo.covers(one) and len(typo.key) > len(one.key)]
        exact = [one for one in exact if one not in covered]
        if covered:
            exact.append(typo)
    best = _longest(exact) or _longest(sorted(typos, key=lambda one: one.distance)[:1])
    if best is None:
        return None
    rivals = {one.key for one in exact if one.key != best.key and not best.covers(one)}
    if best.distance:
        shouted = _shouted(tokens[best.start], text)
        return Match(keys[best.key], sure=not rivals and (asks or shouted) and _surely(best.key, best.distance))
    everyday = _is_everyday(best.key) and not _shouted(tokens[best.start], text)
    return Match(keys[best.key], sure=not rivals and not everyday)


def _candidates(tokens: list[str], keys: dict[str, str]) -> Iterator[_Candidate]:
    longest = max(map(len, keys)) + 4
    for start in range(len(tokens)):
        word = ""
        for stop in range(start + 1, min(start + _PIECES, len(tokens)) + 1):
            word += tokens[stop - 1]
            if len(word) > longest:
                break
            for key, name in keys.items():
                distance = _distance_inside(word, key, pieces=stop - start)
                if distance is not None:
                    yield _Candidate(name, key, start, stop, distance)


def _distance_inside(word: str, key: str, pieces: int) -> int | None:
    if word == key or _inflected(word, key):
        return 0
    if word in NEAR_WORDS or len(key) < 8 or (pieces > 1 and len(key) < 12):
        return None
    reach = 1 if len(key) < 11 or pieces > 1 else 2
    distance = OSA.distance(word, key, score_cutoff=reach)
    return distance if distance <= reach else None


def _counts(one: _Candidate, tokens: list[str], text: str) -> bool:
    if not _is_everyday(one.key):
        return True
    if _shouted("".join(tokens[one.start : one.stop]), text):
        return True
    return _asked_just_before(one.start, tokens) and not _is_verb_here(tokens, one.key, text)


def _asked_just_before(start: int, tokens: list[str]) -> bool:
    """Only words of asking stand between the keyword and the verb that asks for it."""
    before = 0
    while before < start and tokens[start - before - 1] in REQUEST_WORDS:
        before += 1
    return _CUE.search(" ".join(tokens[start - before : start])) is not None


def _is_everyday(key: str) -> bool:
    return key in EVERYDAY or len(key) <= 5


def _asked_for(text: str) -> bool:
    return _CUE.search(normalise(text)) is not None


def _shouted(word: str, text: str) -> bool:
    """The word stands in capitals in a message that is not all capitals."""
    letters = [raw for raw in _RAW_WORD.findall(text) if len(raw) > 2]
    loud = [raw for raw in letters if raw.isupper()]
    return len(loud) < len(letters) and any("".join(words(raw)) == word for raw in loud)


def _longest(found: Sequence[_Candidate]) -> _Candidate | None:
    return max(found, key=lambda one: (len(one.key), -one.start), default=None)
