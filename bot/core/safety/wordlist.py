"""A list of words that only has to tell whether it holds one, kept as numbers: a tenth of the room of a set."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from zlib import crc32


class WordList:
    """Of two words that share a number, which is one in a million, it takes the other for its own too."""

    __slots__ = ("_numbers",)

    def __init__(self, words: Iterable[str]) -> None:
        self._numbers = array("I", sorted({crc32(word.encode()) for word in words}))

    def __contains__(self, word: str) -> bool:
        wanted = crc32(word.encode())
        place = bisect_left(self._numbers, wanted)
        return place < len(self._numbers) and self._numbers[place] == wanted
