"""One normaliser for everything that reads what a person typed, so that all parts agree on what was said."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MARKS: Final = frozenset({"Mn", "Me"})
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs"})
_PICTURES: Final = frozenset({"So", "Co", "Cn"})
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_TYPOGRAPHIC: Final = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}


def _fold(char: str) -> str:
    if char in _TYPOGRAPHIC:
        return _TYPOGRAPHIC[char]
    if char.isspace():
        return " "
    if ord(char) in _SKIN_TONES:
        return ""
    folded: list[str] = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        category = unicodedata.category(part)
        if part.isspace() or category in _PICTURES:
            folded.append(" ")
        elif category not in _MARKS and category not in _INVISIBLE:
            folded.append(_TYPOGRAPHIC.get(part, part))
    return "".join(folded)


class _Folding(dict[int, str]):
    """A table for str.translate that learns each character the first time it is seen (at most all of Unicode)."""

    def __missing__(self, codepoint: int) -> str:
        folded = self[codepoint] = _fold(chr(codepoint))
        return folded


_FOLDING: Final = _Folding()


def normalise(text: str) -> str:
    """Lower case without diacritics, emoji, invisible characters or typographic quotes; single spaces.

    Linear in the length of the text; any Python string is accepted, lone surrogates and NUL included.
    """
    folded = " ".join(text.translate(_FOLDING).split())
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def words(text: str) -> list[str]:
    """The words and numbers of a text, normalised; apostrophes inside a word stay ("foto's")."""
    return _WORD.findall(normalise(text))
