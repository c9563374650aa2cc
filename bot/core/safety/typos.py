"""Typos in words that the phrases name: the nearest one of them, unless the word is an ordinary Dutch word itself.

Both lists are data: the words whose typos are mended (typo_targets.txt, words of concepts.yaml) and the ordinary words
that look like one of them (near_words.txt), collected with the Dutch and English lists of pyspellchecker 0.9.1 and the
words of the rules. A word that is added to the first needs its neighbours in the second.
"""

from functools import lru_cache
from importlib import resources
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.core.safety.wordlist import WordList

_SHORTEST: Final = 4
_LONG: Final = 10
_LONGEST: Final = 24


def _words(name: str) -> tuple[str, ...]:
    return tuple(resources.files(__package__).joinpath(name).read_text(encoding="utf-8").split())


_TARGETS: Final = _words("typo_targets.txt")
_BY_LETTER: Final[dict[str, tuple[str, ...]]] = {
    letter: tuple(word for word in _TARGETS if word[0] == letter) for letter in {word[0] for word in _TARGETS}
}
_NEAR: Final = WordList(_words("near_words.txt"))
_KNOWN: Final = WordList(_TARGETS)


def nearest(word: str) -> str | None:
    """The word of ours within one slip of `word`, or within two when it is long."""
    if not _SHORTEST <= len(word) <= _LONGEST:
        return None
    slips = 2 if len(word) >= _LONG - 2 else 1
    found = process.extractOne(word, _BY_LETTER.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found is not None and (found[1] <= 1 or len(found[0]) >= _LONG) else None


def is_ordinary(word: str) -> bool:
    """Whether it is a word by itself, so that no typo is seen in it."""
    return word in _KNOWN or word in _NEAR


@lru_cache(maxsize=8192)
def without_typo(word: str) -> str:
    """The word of ours that was meant, or the word as it is."""
    return word if word in _NEAR else nearest(word) or word
