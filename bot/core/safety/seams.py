"""Where words were typed together ("ik wildood") or in pieces ("pil len").

Only words of danger and the small words around them are taken apart, and only in a token that is no word by itself, so
ordinary compounds stay whole. Which words those are, and which Dutch and English words would wrongly come apart, is
data (words.yaml); the last were found with the lists of pyspellchecker 0.9.1.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.core.safety.phrases import single_words
from bot.core.safety.typos import is_ordinary
from bot.core.safety.wordlist import WordList
from bot.core.safety.words import CRITICAL, KNOWN, MASKABLE, SEAMS

_SMALL: Final = SEAMS["small"]
_GRAVE: Final = SEAMS["grave"]
_WORDS: Final = _SMALL | _GRAVE
_DENIALS: Final = frozenset({"niet", "nooit", "geen"})
_NEVER_LAST: Final = SEAMS["never_last"]
_NEVER_FIRST: Final = SEAMS["never_first"]
_WHOLE: Final = SEAMS["whole"]
_SHORTEST: Final = 5
_LONGEST: Final = 24
_LONGEST_WORD: Final = max(map(len, _WORDS))
_SHORTEST_PIECE: Final = 2
_MOST_WORDS: Final = 5
_BROKEN: Final = frozenset({*CRITICAL, *MASKABLE, *SEAMS["broken"]})
_LONGEST_BROKEN: Final = max(map(len, _BROKEN))
# The words that the rules speak of.
SPELLED: Final = WordList(KNOWN | single_words())


def taken_apart(token: str) -> list[str]:
    """The words that were typed together, fewest first; no words when it is one word as far as anybody knows."""
    if not _SHORTEST <= len(token) <= _LONGEST or token in _WHOLE or is_ordinary(token):
        return []
    best: list[list[str] | None] = [[], *[None] * len(token)]
    for end in range(_SHORTEST_PIECE, len(token) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end - _SHORTEST_PIECE + 1):
            head = best[start]
            known = best[end]
            if head is not None and token[start:end] in _WORDS and (known is None or len(head) + 1 < len(known)):
                best[end] = [*head, token[start:end]]
    found = best[-1] or []
    return found if _is_speech(found) else []


def _is_speech(said: Sequence[str]) -> bool:
    """A word of danger or a denial with a small word beside it."""
    return (
        1 < len(said) <= _MOST_WORDS
        and said[-1] not in _NEVER_LAST
        and said[0] not in _NEVER_FIRST
        and not _GRAVE.isdisjoint(said)
        and not (_SMALL | _DENIALS).isdisjoint(said)
    )


def made_whole(tokens: Sequence[str]) -> Iterator[str]:
    """Words of danger in two pieces are one again, when one of the pieces is no word."""
    waiting: str | None = None
    for token in tokens:
        if waiting is None:
            waiting = token
        elif (
            len(waiting) + len(token) <= _LONGEST_BROKEN
            and waiting + token in _BROKEN
            and min(len(waiting), len(token)) >= _SHORTEST_PIECE
            and not (waiting in SPELLED and token in SPELLED)
        ):
            yield waiting + token
            waiting = None
        else:
            yield waiting
            waiting = token
    if waiting is not None:
        yield waiting
