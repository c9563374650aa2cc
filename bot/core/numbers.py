"""Dutch and Flemish number words from 0 to 100, with their inflected and common mistyped forms."""

from typing import Final

from rapidfuzz.distance import OSA

_UNITS: Final = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
_TEENS: Final = (
    "tien",
    "elf",
    "twaalf",
    "dertien",
    "veertien",
    "vijftien",
    "zestien",
    "zeventien",
    "achttien",
    "negentien",
)
_TENS: Final = {
    20: "twintig",
    30: "dertig",
    40: "veertig",
    50: "vijftig",
    60: "zestig",
    70: "zeventig",
    80: "tachtig",
    90: "negentig",
}
_OTHER: Final = {
    "honderd": 100,
    "eentje": 1,
    "tweetje": 2,
    "drietje": 3,
    "viertje": 4,
    "vijfje": 5,
    "zesje": 6,
    "zeventje": 7,
    "achtje": 8,
    "negentje": 9,
    "tientje": 10,
    "enen": 1,
    "tweeen": 2,
    "drieen": 3,
    "vieren": 4,
    "vijven": 5,
    "zessen": 6,
    "zevenen": 7,
    "zevens": 7,
    "achten": 8,
    "negenen": 9,
    "tienen": 10,
    "elven": 11,
    "twaalven": 12,
    "vijve": 5,
    "zesse": 6,
    "achte": 8,
    "zeuven": 7,
    "zeve": 7,
    "zevn": 7,
    "neege": 9,
    "nege": 9,
    "negn": 9,
    "zevem": 7,
    "vijv": 5,
    "zss": 6,
}


def _all_numbers() -> dict[str, int]:
    numbers = {word: value for value, word in enumerate(_UNITS)}
    numbers |= {word: value for value, word in enumerate(_TEENS, start=10)}
    for tens, word in _TENS.items():
        numbers[word] = tens
        numbers |= {f"{_UNITS[unit]}en{word}": tens + unit for unit in range(1, 10)}
    return numbers


NUMBERS: Final = _all_numbers()
_FORMS: Final = {**_OTHER, **NUMBERS}


def number_word(word: str) -> int | None:
    """The value of a normalised number word ("zeven", "vijfentwintig", "achten"), or None."""
    return _FORMS.get(word)


_OFTEN_TYPED: Final = ("zeven", "negen", "acht", "vier", "vijf", "twaalf", "tien", "twee", "drie", "twintig")
# Words one letter away from a number.
_OTHER_WORDS: Final = frozenset(
    """
    leven regen geven even neven wegen vegen zegen tegen beven negeren streven zeker nacht zacht macht wacht
    jacht echt lacht gacht pacht
    recht acht tacht achter achtte dacht bracht zacht fier vijl wijf lijf bijf tweet weet wees tiet tier tie
    dier trie wie mie bier hier
    gier kier zier vies vie via vief blijf drijf vijs vijver zien tien- vien fien lien teen toen tin teien
    twijfel niets niet tiende
    """.split()
)


def mistyped_number(word: str) -> int | None:
    """The value of a number word from 2 to 20 with one typo ("zvene" is none, "zevn" is 7); never of another word."""
    if len(word) < 4 or word in _OTHER_WORDS:
        return None
    return next((NUMBERS[known] for known in _OFTEN_TYPED if OSA.distance(word, known, score_cutoff=1) <= 1), None)
