"""Times of day, numbers of days and dates as Dutch and Flemish people type them."""

import re
from collections.abc import Iterator
from datetime import time
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.date_words import parse_date, parse_days
from bot.core.numbers import mistyped_number, number_word
from bot.core.text import normalise

__all__ = ["EARLIEST", "LATEST", "parse_date", "parse_days", "parse_time_of_day"]

EARLIEST: Final = time(6, 0)
LATEST: Final = time(22, 0)
_LONGEST: Final = 400
_NOON: Final = 12 * 60

_PARTS: Final = {
    "ochtend": re.compile(
        r"\b(?:s ?)?(?:ochtends?|ochends?|ochtens|ochteds|morgens|mogens|morges|voormiddags?|vm|am)\b"
        r"|\b(?:in de|elke|iedere|de|vroeg in de|per) (?:morgen|mogge)\b"
        r"|\b(?:van|morgen|overmorgen)(?:ochtend|voormiddag)\b|\bvanmorgen\b|\bgoeiemorgens\b"
    ),
    "middag": re.compile(
        r"\b(?:s ?)?(?:na)?mid+ag?s?\b|\b(?:s ?)?(?:na)?middaags\b|\b(?:van|morgen|overmorgen)(?:na)?middag\b"
        r"|\bnm\b"
    ),
    "avond": re.compile(
        r"\b(?:s ?)?(?:avonds?|avons|avnods|avods|aovnds|avonts|aavonds|avends)\b|\b(?:van|morgen"
        r"|overmorgen)avond\b"
    ),
    "pm": re.compile(r"\bpm\b"),
    "nacht": re.compile(r"\b(?:s ?)?nachts?\b|\b(?:van|midder)nacht\b"),
}
_GREETING: Final = re.compile(r"\b(?:goe(?:de|den|ie|ien)?n? ?(?:morgen|middag|avond|dag))\b")
_HOUR_WORDS: Final = frozenset(
    """
    uur u h ure uren uru uurr uuur uir ur urr uurtje oer uut uue uhr iur yur uyr hour hr uurs uure uer uuru
    """.split()
)
_CANONICAL: Final = {
    "kwartier": "kwart",
    "kwartje": "kwart",
    "voo": "voor",
    "vor": "voor",
    "vr": "voor",
    "vooor": "voor",
    "voro": "voor",
    "ovr": "over",
    "ove": "over",
    "na": "over",
    "halv": "half",
    "haf": "half",
    "hlaf": "half",
    "hlf": "half",
    "halff": "half",
    "hafl": "half",
    "ahlf": "half",
    "helft": "helft",
    "kwrt": "kwart",
    "kwar": "kwart",
    "kwat": "kwart",
    "minuten": "min",
    "minuutjes": "min",
    "minuut": "min",
    "mins": "min",
    "omstreeks": "rond",
    "rondom": "rond",
    "ronde": "rond",
    "tegen": "rond",
    "richting": "rond",
    "vanaf": "rond",
    "ten": "om",
    "klokslag": "om",
    "omm": "om",
    "at": "om",
    "stipt": "om",
    "ongeveer": "rond",
}
_DIGITS_AND_LETTERS: Final = re.compile(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)")
_TOKEN: Final = re.compile(r"PART|\d+|[a-z]+|[^\sa-z\d]")
_EXPRESSION: Final = re.compile(
    r"(?<!\d [:.,] )(?<![/€$+-] )(?<!\w)(?:"
    r"(?:(?P<near>\d{1,2}|kwart)(?: min)? (?P<near_way>voor|over) )?half (?:uur )?(?P<half>\d{1,2})"
    r"|(?P<off>\d{1,2}|kwart)(?: min)? (?P<way>voor|over) (?P<hour>\d{1,2})"
    r"|(?P<h>\d{1,2}) (?:[:.,]|uur(?: en)?) (?P<m>\d{2})(?= uur|(?! (?:[-/:.,] )?\d| [a-z%€]| ?$)|(?= [a-z]|$))"
    r"|(?P<hu>\d{1,2}) uur (?P<mu>\d)(?= min\b|$)"
    r"|(?P<clock>[6-9][0-5]\d|\d{4})(?!\d)"
    r"|(?P<bare>\d{1,2})"
    r")(?! (?:[-/%€$:+*]|[.,] ?\d)|\d)(?P<uur> uur\b)?"
)
_UNITS: Final = re.compile(
    r" (?:euro|eur|dag|dagen|daagjes|week|weken|maand|maanden|jaar|jaren|jr|kind|kinderen|keer|keren|kilo"
    r"|kg|km|stap|stappen|min|sec|seconden|procent|graden|personen|mensen|x|e|de klas|ste|redenen"
    r"|jan|januari|feb|februari|maart|mrt|april|mei|juni|juli|aug|augustus|sep|sept|september|okt|oktober"
    r"|nov|november|dec|december|katten|honden|meter|cm|pond|liter|glazen|vragen|oefeningen|lessen"
    r"|berichten|zussen|broers|vrienden"
    r"|tot \d{1,2} jaar)\b"
)
_LASTING: Final = re.compile(
    r" (?:lang|geleden|later|per|slaap|slapen|geslapen|gewerkt|werken|werk per|wachten|gewacht|gepraat"
    r"|durend|aan een stuk|aan 1 stuk|achter elkaar|onderweg|rijden|reizen|te laat|vroeger|wakker|nodig"
    r"|extra|gehuild|gelopen|lopen|gefietst|alleen geweest|verschil)\b"
)
_BEFORE_LASTING: Final = re.compile(
    r"\b(?:over|binnen|al|nog|elke|iedere|ieder|elk|om de|om het|duurt|duurde|na ruim|ruim|bijna|gedurende"
    r"|half|halve|heb|had|minstens|maximaal|max|slaap|slechts|sinds|hooguit|paar) $"
)
_REFUSED: Final = re.compile(r"\b(?:niet|geen|nooit) (?:om |rond )?$")
_MARKED_BEFORE: Final = re.compile(
    r"\b(?:om|rond|wordt|maak er|liever|liefst|PART)(?: (?:de|het|een|in|op|om|rond|stuk|maar|van|iets"
    r"|zo))* $"
)
_MARKED_AFTER: Final = re.compile(r"^ (?:(?:in|op|de|het|van|elke|iedere|per|dan|graag|,) )*PART\b")
_IDLE: Final = frozenset(
    """
    PART om rond uur doe maar graag liefst liever het is de een in op dan als het kan ik wil mij me voor mijn zo
    iets dag elke iedere dagelijks morgen vandaag overmorgen
    ja jaa ok oke okay prima goed top leuk fijn is lijkt past aub alsjeblieft alstublieft svp please pls dank je
    dankje dankjewel bedankt thanks
    hoi hallo hey of zo ofzo ongeveer precies stipt zet maak er van wordt stuur stuurt het uurtje tijd tijdstip
    nou eh uh euh uhm hmm mag wel even eens zal zou willen
    kan doen ga voor kies kiezen neem nemen vroeg laat daarvan vanaf dat die deze jij bij gewoon en to hoor toch
    altijd dus denk wat mij betreft stuk a b
    . , ! ? : ; ( ) " - s t m
    """.split()
)


def parse_time_of_day(text: str) -> time | None:
    """The local time of day between 06:00 and 22:00 (both included) that a text names, else None.

    Without a hint 6 to 11 are in the morning, 12 is noon and 1 to 5 in the afternoon; a zero in front ("05:00") or a
    part of the day is a hint. Other words may stand in the text only when something marks the time (om, uur, half,
    kwart, a colon, a part of the day). Two different times give None: the person named a range or a choice ("8 of 9"),
    and a guess would send a message at an hour that they did not choose, so the caller asks again.
    """
    said = normalise(text)
    if len(said) > _LONGEST:
        return None
    line, parts = _canonical(said)
    if len(parts) > 1 or "nacht" in parts or "NO" in line.split():
        return None
    part = next(iter(parts), None)
    found = set(_times(line, part))
    if len(found) != 1:
        return None
    minutes = found.pop()
    if minutes is None:
        return None
    when = time(minutes // 60, minutes % 60)
    return when if EARLIEST <= when <= LATEST else None


def _canonical(said: str) -> tuple[str, set[str]]:
    """The text as spaced tokens with numbers as digits and each part of the day as PART, and those parts."""
    said = _GREETING.sub("hallo", said.replace("'", " "))
    said = " ".join(_DIGITS_AND_LETTERS.sub(" ", said).split())
    parts: set[str] = set()
    for part, pattern in _PARTS.items():
        said, count = pattern.subn("PART", said)
        if count:
            parts.add(part)
    tokens = [token if token == "PART" else _canonical_word(token) for token in _TOKEN.findall(said)]
    tokens = list(_with_numbers(tokens))
    line = " ".join(tokens)
    line = re.sub(r"\bhalf een\b", "half 1", line)
    line = re.sub(r"\b(voor|over) een\b(?! (?:uur|half|kwart|dag|week|paar|stuk|tijd|min|moment|poos))", r"\1 1", line)
    line = re.sub(r"^een$|(?<!over )(?<!binnen )(?<!paar )(?<!half )\been(?= uur(?! of \d))", "1", line)
    line = re.sub(r"\b(om|rond) een(?=$| PART)", r"\1 1", line)
    line = re.sub(r"\b(?:een|1) uur of (?=\d|half|kwart)", "rond ", line)
    line = re.sub(r"^(\d{1,2}) ([0-5]\d)(?= PART$|$)", r"\1 : \2", line)
    line = re.sub(r"\b(\d{1,2}) en(?=$| [.!,?])", r"\1", line)
    return line, parts


def _canonical_word(token: str) -> str:
    if token in _HOUR_WORDS:
        return "uur"
    if token in _CANONICAL:
        return _CANONICAL[token]
    if len(token) >= 5 and OSA.distance(token, "kwart") <= 1 and token not in {"zwart", "kaart"}:
        return "kwart"
    return token


def _with_numbers(tokens: list[str]) -> Iterator[str]:
    for position, token in enumerate(tokens):
        before = tokens[position - 1] if position else ""
        after = tokens[position + 1] if position + 1 < len(tokens) else ""
        number = number_word(token) if token != "een" else None
        told = after == "uur" or before in {"half", "om"} or (before in {"voor", "over"} and position > 1)
        if number is None and told:
            number = mistyped_number(token)
        yield str(number) if number is not None else token


def _times(line: str, part: str | None) -> Iterator[int | None]:
    """Minutes since midnight of each time that the line names; None for one that can't be."""
    idle = all(
        token in _IDLE or token.isdecimal() or token in {"half", "kwart", "over", "min"} for token in line.split()
    )
    position = 0
    while (found := _EXPRESSION.search(line, position)) is not None:
        before, after = line[: found.start()], line[found.end() :]
        position = found.end()
        if _is_amount(found, before, after):
            continue
        if _REFUSED.search(before):
            yield None
            continue
        marked = (found["bare"] is None and found["clock"] is None) or found["uur"] is not None
        marked = marked or bool(_MARKED_BEFORE.search(before) or _MARKED_AFTER.search(after))
        if marked or idle or _in_a_choice(before, after):
            yield _minutes(found, part)
    if position == 0 or re.search(r"\d{1,2} : \d", line[position:]):
        yield from ([None] if re.search(r"\d [:] \d", line) else [])


def _is_amount(found: re.Match[str], before: str, after: str) -> bool:
    if _UNITS.match(after) or re.search(r"[€$#]\s$|\bstap $|\bbladzijde $|\bklas $", before):
        return True
    if found["uur"] and (found["bare"] or found["hu"]):
        return bool(_LASTING.match(after) or _BEFORE_LASTING.search(before))
    return False


def _in_a_choice(before: str, after: str) -> bool:
    return bool(
        re.match(r" (?:of|en|tot|a|-|/) (?:om |rond |half |kwart )?\d", after)
        or re.search(r"\d(?: uur)? (?:of|en|tot|a) $", before)
    )


def _minutes(found: re.Match[str], part: str | None) -> int | None:
    exact = False
    if found["half"]:
        hour, minute = int(found["half"]), -30
        if found["near"]:
            off = _offset(found["near"])
            minute += off if found["near_way"] == "over" else -off
    elif found["hour"]:
        hour, off = int(found["hour"]), _offset(found["off"])
        minute = off if found["way"] == "over" else -off
    elif found["h"]:
        hour, minute, exact = int(found["h"]), int(found["m"]), found["h"].startswith("0")
    elif found["hu"]:
        hour, minute = int(found["hu"]), int(found["mu"])
    elif found["clock"]:
        digits = found["clock"].zfill(4)
        hour, minute, exact = int(digits[:2]), int(digits[2:]), digits.startswith("0") and len(found["clock"]) == 4
    else:
        hour, minute, exact = int(found["bare"]), 0, found["bare"].startswith("0")
    if hour > 23 or minute > 59 or minute < -59:
        return None
    return _on_the_day(hour, minute, part, exact=exact)


def _offset(said: str) -> int:
    return 15 if said == "kwart" else int(said)


def _on_the_day(hour: int, minute: int, part: str | None, *, exact: bool) -> int | None:
    total = hour * 60 + minute
    if hour > 12 or hour == 0:
        return None if part == "ochtend" or total < 0 else total
    early = total % _NOON
    if part == "ochtend":
        return early if early >= 60 else None
    if part == "avond":
        return early + _NOON if early >= 5 * 60 else None
    if part == "pm":
        return early + _NOON
    if part == "middag":
        return early + _NOON if early < 7 * 60 else total if early >= 11 * 60 else None
    if exact:
        return total
    return early if early >= 6 * 60 else early + _NOON
