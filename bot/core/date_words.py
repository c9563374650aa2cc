"""How long ("twee weken") and until when ("tot 3 december", "t/m vrijdag"), in words."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.numbers import number_word
from bot.core.text import normalise

LONGEST_PAUSE: Final = 60
_LONGEST_TEXT: Final = 300
_A_FEW_DAYS: Final = 3
_A_FEW_WEEKS: Final = 14

_PER_UNIT: Final = {"dag": 1, "week": 7, "maand": 30}
_UNIT_FORMS: Final = {
    **dict.fromkeys(
        (
            "dag",
            "dagen",
            "daagjes",
            "dagje",
            "dagjes",
            "daagje",
            "dgn",
            "d",
            "dage",
            "dagn",
            "daen",
            "dagne",
            "dahen",
            "etmaal",
            "days",
            "day",
        ),
        "dag",
    ),
    **dict.fromkeys(
        (
            "week",
            "weken",
            "weekje",
            "weekjes",
            "wk",
            "wkn",
            "weke",
            "wekn",
            "weekn",
            "wken",
            "weeks",
            "weekske",
            "wekne",
        ),
        "week",
    ),
    **dict.fromkeys(("maand", "maanden", "maandje", "maande", "mnd"), "maand"),
}
_PAUSE_IDLE: Final = frozenset(
    """
    pauze pauzeer pauzeren vakantie puaze pauez pauxe pauzee ik wil op met voor van graag aub alsjeblieft
    alstublieft svp please doe maar even nu een de het zet me mij dan er zo ongeveer stuk of ja ok oke
    rond kan mag neem nemen alles weg in totaal liever eens hoor dank je bedankt tijdje . , ! ? : / - ( )
    """.split()
)

_MONTHS: Final = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_MONTH_FORMS: Final = {
    **{name: number for number, name in enumerate(_MONTHS, start=1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, start=1) if name != "maart"},
    "mrt": 3,
    "sept": 9,
    "october": 10,
}
_WEEKDAYS: Final = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_WEEKDAY_FORMS: Final = {
    **{name: number for number, name in enumerate(_WEEKDAYS)},
    **{
        f"{name}{part}": number
        for number, name in enumerate(_WEEKDAYS)
        for part in ("ochtend", "morgen", "middag", "avond")
    },
    "ma": 0,
    "di": 1,
    "wo": 2,
    "woe": 2,
    "do": 3,
    "vr": 4,
    "vrij": 4,
    "za": 5,
    "zat": 5,
    "zo": 6,
    "zon": 6,
}
_SHORT_WEEKDAYS: Final = frozenset({"ma", "di", "wo", "woe", "do", "vr", "vrij", "za", "zat", "zo", "zon"})
_TOKEN: Final = re.compile(r"\d+|[a-z]+|[^\sa-z\d]")
_NUMERIC_DATE: Final = re.compile(
    r"(?<![\d/.:-])(\d{1,2}) ?[-/.] ?(\d{1,2})(?: ?[-/.] ?(\d{4}|\d{2}))?(?![\d%]|[-/:]\d)"
)
_ISO_DATE: Final = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_NAMED_DATE: Final = re.compile(
    r"\b(\d{1,2})(?: ?(?:e|de|ste))? (?:van )?("
    + "|".join(sorted(_MONTH_FORMS, key=len, reverse=True))
    + r")\b\.?(?: (\d{4}))?"
)
_DAY_OF_MONTH: Final = re.compile(r"\bde (\d{1,2}) ?(?:e|de|ste)\b(?! (?:week|dag|keer|stap|les|kind))")
_NEXT_WEEK: Final = re.compile(r"\b(?:volgende|komende|aankomende) (?:week|wk)\b")
_IN: Final = re.compile(
    r"\bover (?:een |1 )?(paar |\d{1,2} )?(dag(?:en|je|jes)?|wee?k(?:en|je|jes)?|maand(?:en|je)?)\b"
)


def parse_days(text: str) -> int | None:
    """For how many days (1 to 60) somebody wants to pause, else None.

    "Paar dagen" is 3 days, "paar weken" 14, "een maand" 30. A bare number counts as days when nothing else is said
    than that it is about a pause ("pauze 5").
    """
    said = normalise(text)
    if len(said) > _LONGEST_TEXT or re.search(
        r"\bover (?:een|\w+) (?:dag|week|maand|paar)|\bover \d|\d ?[-/.,:] ?\d|-\d", said
    ):
        return None
    tokens = [_as_number(token) for token in _TOKEN.findall(said)]
    amounts = list(_amounts(tokens))
    if amounts:
        days = sum(amounts) if len(amounts) == 1 or re.search(r"\ben\b", said) else 0
    else:
        numbers = [int(token) for token in tokens if token.isdecimal()]
        idle = all(token.isdecimal() or token in _PAUSE_IDLE for token in tokens)
        days = numbers[0] if len(numbers) == 1 and idle else 0
    return days if 1 <= days <= LONGEST_PAUSE else None


def _as_number(token: str) -> str:
    number = number_word(token) if token != "een" else None
    return token if number is None else str(number)


def _amounts(tokens: list[str]) -> Iterator[int]:
    for position, token in enumerate(tokens):
        unit = _UNIT_FORMS.get(token)
        if unit is None or (token == "d" and not (position and tokens[position - 1].isdecimal())):
            continue
        before = tokens[position - 1] if position else ""
        per_unit = _PER_UNIT[unit]
        if before.isdecimal():
            yield int(before) * per_unit
        elif before in {"paar", "aantal", "enkele", "stel", "wat", "par", "paartje"}:
            yield _A_FEW_DAYS if unit == "dag" else _A_FEW_WEEKS if unit == "week" else 2 * per_unit
        elif before in {"anderhalve", "anderhalf"}:
            yield per_unit + (per_unit + 1) // 2
        elif before in {"halve", "half"}:
            yield (per_unit + 1) // 2
        elif before in {
            "",
            "een",
            "n",
            "pauze",
            "vakantie",
            "deze",
            "komende",
            "hele",
            "volle",
            "weekje",
            "de",
            "nog",
            "voor",
            "graag",
            "eentje",
            "'",
        } and token not in {"dagen", "weken", "maanden"}:
            yield per_unit


def parse_date(text: str, today: date) -> date | None:
    """The day from today on that a text names ("tot 3 december", "t/m vrijdag", "31-12", "overmorgen"), else None.

    A weekday is the next one after today, a day without a year the next time that it comes. "Volgende week" is in
    seven days, with a weekday it is that day of the next calendar week. Two different days, a day that doesn't exist
    and a past one give None. Whether the day itself is included ("tot" or "t/m") is for the caller to read.
    """
    said = normalise(text)
    if len(said) > _LONGEST_TEXT:
        return None
    said = " ".join(
        str(number_word(word)) if word != "een" and number_word(word) is not None else word for word in said.split()
    )
    found = set(_dates(said, today))
    if len(found) != 1:
        return None
    day = found.pop()
    return day if day is not None and day >= today else None


def _dates(said: str, today: date) -> Iterator[date | None]:
    rest = said
    for pattern, order in ((_ISO_DATE, (3, 2, 1)), (_NUMERIC_DATE, (1, 2, 3)), (_NAMED_DATE, (1, 2, 3))):
        for found in pattern.finditer(rest):
            day, month, year = (found[group] for group in order)
            yield _calendar_day(int(day), _MONTH_FORMS.get(month) or int(month), year, today)
        rest = pattern.sub(" ", rest)
    for found in _IN.finditer(rest):
        yield today + timedelta(days=_span(found[1], found[2]))
    rest = _IN.sub(" ", rest)
    for found in _DAY_OF_MONTH.finditer(rest):
        yield _next_day_of_month(int(found[1]), today)
    next_week = _NEXT_WEEK.search(rest) is not None
    weekdays = set(_weekdays(_NEXT_WEEK.sub(" ", rest), alone=len(rest.split()) <= 3))
    for weekday in weekdays:
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
        yield (
            monday + timedelta(days=weekday)
            if next_week
            else today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        )
    if next_week and not weekdays:
        yield today + timedelta(days=7)
    for word, days in (("vandaag", 0), ("morgen", 1), ("overmorgen", 2)):
        if re.search(rf"(?<!goede )(?<!in de )(?<!elke )\b{word}(?:ochtend|middag|avond)?\b", rest):
            yield today + timedelta(days=days)


def _span(amount: str | None, unit: str) -> int:
    per_unit = _PER_UNIT[_UNIT_FORMS.get(unit, "dag")]
    if amount is None:
        return per_unit
    if amount == "paar ":
        return _A_FEW_DAYS if per_unit == 1 else 2 * per_unit
    return int(amount) * per_unit


def _weekdays(said: str, *, alone: bool) -> Iterator[int]:
    for word in re.findall(r"[a-z]+", said):
        weekday = _WEEKDAY_FORMS.get(word)
        if weekday is not None:
            if (
                word not in _SHORT_WEEKDAYS
                or (alone and word != "zo")
                or re.search(rf"\b(?:tot|t/m|op|vanaf|tm) {word}\b", said)
            ):
                yield weekday
        elif len(word) >= 6:
            near = [number for number, name in enumerate(_WEEKDAYS) if OSA.distance(word, name, score_cutoff=1) <= 1]
            if len(near) == 1 and word not in {"zondags", "ondag", "mandaag"}:
                yield near[0]


def _calendar_day(day: int, month: int, year: str | None, today: date) -> date | None:
    years = [int(year) if len(year) == 4 else 2000 + int(year)] if year else [today.year + ahead for ahead in range(5)]
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


def _next_day_of_month(day: int, today: date) -> date | None:
    for ahead in range(12):
        month = today.month - 1 + ahead
        try:
            found = date(today.year + month // 12, month % 12 + 1, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
