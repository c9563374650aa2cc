"""How the safety check reads a message: one canonical line in which typos, disguises and dialect are mended.

The line is lower case, has one space between words and " ." where a sentence ends. All steps are linear in the length
of the message. Word lists are data; they were collected by hand and with Debian's wdutch 2.20 for the near words.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.safety.seams import SPELLED, made_whole, taken_apart
from bot.core.safety.typos import is_ordinary, without_typo
from bot.core.safety.words import CRITICAL, JOINED, KNOWN, LOOKALIKES, MASKABLE, MENDED, NEAR_CRITICAL, VERBS_AFTER_K
from bot.core.text import normalise

_TOKEN: Final = re.compile(r"[a-z0-9]+(?:[*@$!|_+]+[a-z0-9*]+)*\*{0,3}|[.?!;]+|[^\x00-\x7f]+")
_LONGESTSPELLED: Final = 40
_LONG_AS_A_SENTENCE: Final = 12
_WORDS_OF_A_SENTENCE: Final = 4
_LEET: Final = str.maketrans("013457@$!|+", "oieastasiit")
_HELD: Final = re.compile(r"(.)\1{2,}")
_PAIR: Final = re.compile(r"(.)\1+")
_LETTERS_APART: Final = re.compile(
    r"(?<![a-z0-9*])[a-z0-9](?:(?: [a-z0-9]){3,}|(?:\.[a-z0-9]){3,}|(?:-[a-z0-9]){3,}|(?:[_*][a-z0-9]){3,}"
    r"|(?:  [a-z0-9]){3,})(?![a-z0-9*])"
)
_INNER_APOSTROPHE: Final = re.compile(r"(?<=[a-z])'(?=[a-z])")
_OTHER_QUOTES: Final = re.compile(r"['\"]")
_EXPANDED: Final = re.compile(r"^k(" + "|".join(sorted(VERBS_AFTER_K, key=len, reverse=True)) + r")$")


def canonical(text: str) -> str:
    """The message as the rules read it."""
    said = normalise(text.translate(LOOKALIKES))
    said = _OTHER_QUOTES.sub(" ", _INNER_APOSTROPHE.sub("", said))
    if _LETTERS_APART.search(said):
        said = _LETTERS_APART.sub(_closed_up, said)
    return " ".join(_joined(_mended(made_whole(_TOKEN.findall(said)))))


def _closed_up(found: re.Match[str]) -> str:
    letters = re.sub(r"[^a-z0-9]", "", found[0])
    return found[0] if letters.isdecimal() else _in_words(letters)


def _in_words(letters: str) -> str:
    """Known words that make up the letters, the longest first ("ikwildood"); the letters as one word when none do."""
    if len(letters) > _LONGESTSPELLED:
        return letters
    best: list[list[str] | None] = [[], *[None] * len(letters)]
    for end in range(1, len(letters) + 1):
        for start in range(end):
            head = best[start]
            if (
                head is not None
                and letters[start:end] in SPELLED
                and (best[end] is None or len(head) + 1 < len(best[end] or ()))
            ):
                best[end] = [*head, letters[start:end]]
    return " ".join(best[-1] or [letters])


def _mended(tokens: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        if token[0] in ".?!;":
            yield "."
            continue
        yield from _mend(token).split(" ")


@lru_cache(maxsize=8192)
def _mend(token: str) -> str:
    """One word without held letters, leetspeak, masks, dialect or typo; possibly several words ("kwil": "ik wil")."""
    if token in MENDED:
        return MENDED[token]
    if token in KNOWN or len(token) > 40:
        return token
    if not token.isalpha() and not token.isdecimal():
        token = _unmasked(token)
        if token in MENDED or token in KNOWN:
            return MENDED.get(token, token)
    if _HELD.search(token):
        token = _let_go(token)
        if token in MENDED or token in KNOWN:
            return MENDED.get(token, token)
    expanded = _EXPANDED.match(token)
    if expanded:
        return "ik " + MENDED.get(expanded[1], expanded[1])
    if len(token) >= _LONG_AS_A_SENTENCE and token.isalpha():
        apart = _in_words(token)
        if len(apart.split()) >= _WORDS_OF_A_SENTENCE:
            return " ".join(_mended(apart.split()))
    apart_words = taken_apart(token) if token.isalpha() else []
    if apart_words:
        return " ".join(_mended(apart_words))
    near = _nearest_critical(token)
    return without_typo(near) if near == token and token.isalpha() else near


def _unmasked(token: str) -> str:
    plain = token.translate(_LEET)
    if plain in KNOWN or plain in MENDED:
        return plain
    if "*" in token or "_" in token:
        shape = "".join(
            "[a-z]{1,3}" if part[0] in "*_" else re.escape(part)
            for part in re.findall(r"[*_]+|[^*_]+", plain.replace("|", "i"))
        )
        if any(char.isalpha() for char in plain) and len(plain) <= 24:
            pattern = re.compile(shape)
            return next((word for word in MASKABLE if pattern.fullmatch(word)), plain.replace("*", ""))
    letters = sum(char.isalpha() for char in token)
    return plain if letters > len(token) / 2 and len(token) >= 4 and plain.isalpha() else token


def _let_go(token: str) -> str:
    """ "doooood" is "dood": a letter held down stands for one or two."""
    for reading in (_HELD.sub(r"\1\1", token), _HELD.sub(r"\1", token)):
        if reading in KNOWN or reading in MENDED:
            return reading
    squeezed = _PAIR.sub(r"\1", token)
    return _SQUEEZED.get(squeezed, _HELD.sub(r"\1", token))


_SQUEEZED: Final = {_PAIR.sub(r"\1", word): word for word in sorted({*KNOWN, *MENDED})}


def _nearest_critical(token: str) -> str:
    if len(token) < 7 or token in NEAR_CRITICAL or is_ordinary(token):
        return token
    for word in CRITICAL:
        if abs(len(word) - len(token)) <= 1 and OSA.distance(token, word, score_cutoff=1) <= 1:
            return word
    return token


def _joined(tokens: Iterable[str]) -> Iterator[str]:
    """Words typed in pieces ("zelf moord") are one word again."""
    before: str | None = None
    for token in tokens:
        if before is None:
            before = token
        elif (before, token) in JOINED:
            before = JOINED[before, token]
        else:
            yield before
            before = token
    if before is not None:
        yield before
