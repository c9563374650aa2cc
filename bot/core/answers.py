"""Typed answers to a question: a grade, a number, yes or no, one of some labels, and the three words after a nudge."""

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.numbers import mistyped_number, number_word
from bot.core.text import normalise, words
from bot.core.yes_no import parse_yes_no, says_done, says_later, says_no_more

__all__ = ["parse_choice", "parse_number", "parse_scale", "parse_yes_no", "says_done", "says_later", "says_no_more"]

_LONGEST: Final = 600
_ACCENTED_ONE: Final = re.compile(r"\b(?:[Éé][Éé]n|[Éé][Éé]N|e\u0301e\u0301n)\b")
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)?|[a-z]+|[^\sa-z\d]")
_HALF: Final = re.compile(r"\b(\d+|[a-z]+) ?(?:en|&|\+)? ?(?:een |n )?(?:1⁄2|1/2|half|halfje|halve)\b")
_OUT_OF: Final = re.compile(
    r"(?<![\d.,])(\d+(?:[.,]\d+)?) ?(?:/|van de|van|op de|op|uit de|uit|out of|vd) ?(\d+)(?![\d/])"
)
_GRADED: Final = frozenset(
    """
    een n cijfer cijfertje op geef rond ongeveer zon dikke kleine ruime krappe magere goede vette denk is was
    tegen richting tot zo gok zeg doe maar eerder vandaag nu gewoon kleintje nette
    score schat voel wel dan word wordt hm hmm uh nou eh ik : = ( " ' ~ . , ! toch minstens hooguit slechts
    misschien ja mja gegeven stevige sterke hele antwoord momenteel
    """.split()
)
_AFTER: Final = frozenset(
    """
    ! " ' ) + , - . : ; ? als alsjeblieft aub bijna daar dank dat denk denkik dit door dus eigenlijk en ergens
    geef geloof gewoon gok graag groetjes haha helaas het hoor ik ik'm is ish ja lol maar met min minnetje
    misschien momenteel mss mvg net nog nu of ofzo omdat ongeveer op plus pnt punt punten qua schat sinds steeds
    ster sterren tje toch van vanavond vandaag vanmiddag vanmorgen vanochtend vind voor want wel x xx xxx zeggen
    zeker zo zou ~
    """.split()
)
_COUNTED: Final = frozenset(
    """
    jaar jr jaren maand maanden week weken dag dagen uur u uurtjes minuten minuut min. seconden keer keren
    kinderen kind euro eur kilo kg km meter cm stap stappen procent graden personen mensen e de ste
    vrienden zussen broers katten honden relaties exen glazen biertjes sigaretten vragen lessen oefeningen
    januari februari maart april mei juni juli augustus september oktober november december
    jarige klas % € x- weekjes daagjes kids dochters zonen partners exen
    """.split()
)
_NO_GRADE_BEFORE: Final = frozenset(
    "ben heb er stap vraag om nr groep kamer klas week dag les nummer optie na over al vanaf tussen sinds € "
    "$ # -".split()
)
_ORDINALS: Final = {
    "eerste": 1,
    "tweede": 2,
    "derde": 3,
    "vierde": 4,
    "vijfde": 5,
    "zesde": 6,
    "zevende": 7,
    "achtste": 8,
    "negende": 9,
    "tiende": 10,
}
_PICKED: Final = re.compile(
    r"(?:(?:ik )?(?:kies|neem|ga|gaat|wil|denk|doe|pak)(?: ik)? )?(?:maar |voor |graag |toch |dan )*(?:de "
    r"|het |die |optie |nummer |nr |antwoord |keuze |knop |mogelijkheid |letter |#)*"
)
_LABEL_IDLE: Final = frozenset(
    "een de het en of in op met naar van voor te ik je me mij mijn dat die dit er is was niet geen wel meer "
    "als bij aan".split()
)
_DENIAL: Final = frozenset("niet geen nooit noch zonder".split())


def parse_scale(text: str, low: int, high: int) -> int | None:
    """A grade between low and high (both included) as people give it: "een 7", "zeven", "7/10", "ik denk een 6 of zo".

    Halves round up ("7,5" is 8), as a school does. "Geen" is 0 when 0 is on the scale and nothing else is said. Two
    different grades ("6 of 7"), a grade off the scale and a number of something else ("7 jaar samen") give None.
    """
    said = _readable(text)
    if said is None:
        return None
    if low == 0 and said.strip(" .!") in {"geen", "niks", "nul komma nul"}:
        return 0
    if low <= 1 <= high and said.strip(" .!'") in {"een", "'n een", "een een", "n een", "eentje", "een eentje"}:
        return 1
    out_of = _OUT_OF.fullmatch(said.strip(" .!")) or _OUT_OF.search(said)
    if out_of is not None:
        if int(out_of[2]) != high:
            return None
        said = said[: out_of.start()] + out_of[1] + said[out_of.end() :]
    if re.search(r"\btussen\b|\d ?-+ ?\d|\dx\b", said):
        return None
    grades = set(_grades(said))
    if len(grades) != 1:
        return None
    grade = int(grades.pop().quantize(Decimal(1), ROUND_HALF_UP))
    return grade if low <= grade <= high else None


def parse_number(text: str) -> float | None:
    """The one number that a text names, in digits (decimal comma or point) or as a word; None for none or several."""
    said = _readable(text)
    if said is None:
        return None
    if said.strip(" .!") in {"een", "eentje"}:
        return 1.0
    if said.strip(" .!") in {"geen", "niks", "nul"}:
        return 0.0
    tokens = _TOKEN.findall(said)
    numbers = {
        -value
        if position and tokens[position - 1] == "-" and (position == 1 or not tokens[position - 2].isalnum())
        else value
        for position, token in enumerate(tokens)
        if (value := _value(token)) is not None
    }
    return float(numbers.pop()) if len(numbers) == 1 else None


def _readable(text: str) -> str | None:
    """The text normalised, with an accented "één" as a number and halves as decimals; None when it is a story."""
    if len(text) > _LONGEST:
        return None
    said = normalise(_ACCENTED_ONE.sub(" 1 ", text)).replace("'n ", "een ").replace("zo'n", "zon")
    return _HALF.sub(_with_half, said)


def _with_half(found: re.Match[str]) -> str:
    said = found[1].removesuffix("en") if number_word(found[1]) is None else found[1]
    value = int(said) if said.isdecimal() else number_word(said)
    return found[0] if value is None or said == "een" else f"{value}.5"


def _value(token: str) -> Decimal | None:
    if token[0].isdecimal():
        return Decimal(token.replace(",", ".")) if len(token) <= 12 else None
    number = number_word(token) if token != "een" else None
    return None if number is None else Decimal(number)


def _grades(said: str) -> Iterator[Decimal]:
    tokens = _TOKEN.findall(said)
    for position, token in enumerate(tokens):
        value = _value(token)
        if value is None and len(tokens) <= 4:
            typo = mistyped_number(token)
            value = None if typo is None else Decimal(typo)
        if value is None:
            continue
        before = tokens[position - 1] if position else ""
        after = tokens[position + 1] if position + 1 < len(tokens) else ""
        if after in _COUNTED or (before in _NO_GRADE_BEFORE and (before == "-" or token[0].isdecimal())):
            continue
        if before == "" or before in _GRADED:
            if after == "" or after in _AFTER or before in {"een", "n", "cijfer"}:
                yield value
        elif after == "" or all(rest in _AFTER for rest in tokens[position + 1 :]):
            yield value


def parse_choice(text: str, labels: Sequence[str]) -> int | None:
    """The index of the label that a text chooses, else None.

    By the label, the start of it, its number ("2", "de tweede"), a small typo, or its words inside a sentence. What
    fits two labels, and a label that is denied ("niet naar voren"), give None.
    """
    said = " ".join(words(text))
    names = [" ".join(words(label)) for label in labels]
    if not said or not names or len(text) > _LONGEST:
        return None
    if said in names:
        return names.index(said) if names.count(said) == 1 else None
    numbered = _by_number(said, names)
    if numbered is not None:
        return numbered
    if {"ja", "nee"} <= set(names):
        agreed = parse_yes_no(text)
        if agreed is not None:
            return names.index("ja" if agreed else "nee")
    for reading in (_by_start, _by_typo, _by_part, _inside, _by_own_words):
        found = reading(said, names)
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _by_number(said: str, names: Sequence[str]) -> int | None:
    """The second of four, unless the labels are numbers themselves and only a digit was said."""
    rest = said[picked.end() :] if (picked := _PICKED.match(said)) else said
    rest = re.sub(
        r" (?:graag|aub|alsjeblieft|please|optie|keuze|antwoord|mogelijkheid|denk ik|hoor|svp|dan|maar)\b", "", rest
    )
    if rest in {"laatste", "allerlaatste", "onderste"}:
        return len(names) - 1
    if rest == "bovenste":
        return 0
    ordinal = _ORDINALS.get(rest) or next(
        (int(found[1]) for found in [re.fullmatch(r"(\d{1,2}) ?(?:e|de|ste)", rest)] if found), None
    )
    number = ordinal
    if number is None and not any(any(_value(token) is not None for token in _TOKEN.findall(name)) for name in names):
        number = int(rest) if rest.isdecimal() and len(rest) <= 2 else number_word(rest)
    return number - 1 if number is not None and 1 <= number <= len(names) else None


def _by_start(said: str, names: Sequence[str]) -> list[int]:
    if len(said) < 2:
        return [index for index, name in enumerate(names) if name.split()[:1] == [said]]
    return [index for index, name in enumerate(names) if name.startswith(said)]


def _by_part(said: str, names: Sequence[str]) -> list[int]:
    """Labels that hold all that was said, in that order ("weet niet" of "Weet ik niet")."""
    tokens = said.split()
    return [index for index, name in enumerate(names) if len(tokens) > 1 and _in_order(tokens, name.split())]


def _in_order(tokens: Sequence[str], words_: Sequence[str]) -> bool:
    rest = iter(words_)
    return all(token in rest for token in tokens)


def _by_typo(said: str, names: Sequence[str]) -> list[int]:
    scored = [(OSA.distance(said, name), index) for index, name in enumerate(names)]
    best = min(scored)[0]
    close = [index for distance, index in scored if distance == best]
    longest = max(len(names[index]) for index in close)
    return close if best <= (0 if longest < 4 else 1 if longest < 9 else 2) else []


def _inside(said: str, names: Sequence[str]) -> list[int]:
    """Labels whose words stand in the sentence, undenied, without those that are part of a longer one."""
    found = [index for index, name in enumerate(names) if name and re.search(rf"\b{re.escape(name)}\b", said)]
    found = [index for index in found if not any(names[index] in names[other] for other in found if other != index)]
    return [index for index in found if not _denied(said, names[index])] if len(found) == 1 else found


def _denied(said: str, name: str) -> bool:
    before = said.split(name, 1)[0].split()
    return not _DENIAL.isdisjoint(before[-2:]) and _DENIAL.isdisjoint(name.split()[:1])


def _by_own_words(said: str, names: Sequence[str]) -> list[int]:
    """Labels of which a word that no other label has stands in the sentence."""
    tokens = said.split()
    if len(tokens) > 15 or not _DENIAL.isdisjoint(tokens):
        return []
    per_name = [set(name.split()) for name in names]
    found = []
    for index, own in enumerate(per_name):
        others = set().union(*(words_ for other, words_ in enumerate(per_name) if other != index))
        telling = {word for word in own - others - _LABEL_IDLE if len(word) >= 3}
        if any(_same_word(token, word) for token in tokens for word in telling):
            found.append(index)
    return found


def _same_word(token: str, word: str) -> bool:
    return token == word or (
        len(word) >= 6
        and len(token) >= 5
        and (OSA.distance(token, word, score_cutoff=1) <= 1 or word.startswith(token))
    )
