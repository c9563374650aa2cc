"""A line in kinds of words: "ik heb dertig pillen geslikt" is I, heb, TENS, MEDICINE, SWALLOWED.

What holds for one pill of a kind holds for the others, so the model also learns how kinds stand to each other. A word
that is of several kinds is of the smallest one, which says most; what belongs together ("niet_meer") is one token.
"""

from collections.abc import Mapping
from typing import Final

from bot.core.safety.phrases import Places, concept_sizes, fillers

_LONGEST: Final = 300
# They hold nearly what other kinds hold, or words of many meanings.
_TOO_WIDE: Final = frozenset({"MINE", "NOMORE", "DEADLY", "EXIT", "WHEN", "AVERTED"})
_SIZES: Final[Mapping[str, int]] = {kind: size for kind, size in concept_sizes().items() if kind not in _TOO_WIDE}
# These fill a phrase, but say how long or how often.
_FILLERS: Final = fillers() - {"nog", "weer", "altijd", "steeds", "eindelijk"}
_PEOPLE: Final[dict[str, str]] = {
    word: person
    for person, words in {
        "@I": "ik i im",
        "@ME": "me mij mezelf myself",
        "@MY": "mijn my",
        "@WE": "we wij ons onze",
        "@YOU": "je jij jou jouw u jullie",
        "@HE": "hij hem zijn",
        "@SHE": "ze zij haar",
        "@THEY": "hun hen",
    }.items()
    for word in words.split()
}
# Other words that count as a kind when it is asked which kinds stand near each other.
DENIALS: Final = frozenset({"niet", "geen", "nooit", "niks", "niets", "niemand"})


def tokens(line: str, places: Places) -> list[str]:
    """The kinds (#), persons (@) and other words of a canonical line, in their order, without words that only fill."""
    kinds = _smallest(line, places)
    found: list[str] = []
    start = behind = 0
    for word in line[:_LONGEST].split(" "):
        here, start = start, start + len(word) + 1
        if not word or here < behind or word in _FILLERS:
            continue
        if word in _PEOPLE:
            found.append(_PEOPLE[word])
        elif here in kinds:
            kind, behind = kinds[here]
            found.append(f"#{kind}")
        else:
            found.append("9" if word.isdecimal() else word)
    return found


def _smallest(line: str, places: Places) -> dict[int, tuple[str, int]]:
    """For each place where a kind starts: the longest of them, of equal ones the smallest, and where it ends."""
    best: dict[int, tuple[int, int]] = {}
    kinds: dict[int, tuple[str, int]] = {}
    for kind, held in places.items():
        size = _SIZES.get(kind)
        if size is None:
            continue
        for place in held:
            rank = (-line.count(" ", place.start, place.end), size)
            if place.start not in best or rank < best[place.start]:
                best[place.start] = rank
                kinds[place.start] = kind, place.end
    return kinds
