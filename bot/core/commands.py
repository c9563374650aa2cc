"""Plain commands: a message that is a command, and never one that only contains its word."""

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.command_words import BY_PHRASE, OTHER_WORDS, POLITE, TYPOS, Command
from bot.core.schedule_words import parse_time_of_day
from bot.core.text import normalise, words

__all__ = ["Command", "command", "start_payload"]

# A typo is corrected only towards these: long enough, or alone enough, that no other word is meant.
_CORRECTABLE: Final = tuple(
    # Never towards a week: "mijn werk" is one letter away, and an answer to a question.
    phrase
    for phrase, command in BY_PHRASE.items()
    if len(phrase) >= 5 and command is not Command.WEEK
)
_SQUEEZE: Final = re.compile(r"(.)\1{2,}")
_SLASH: Final = re.compile(r"^[/#!]\s?([^\W_]+)(?:@\w+)?")
_START_LINK: Final = re.compile(r"/start(?:@\w+)? ([A-Za-z0-9_-]{1,64})", re.ASCII)
_LONGEST_COMMAND: Final = 120

_PAUSE_WITH: Final = re.compile(
    r"(?:ik (?:wil|ga|ben|heb) |zet (?:me|het|alles) |graag )?(?:even )?(?:een |met |op )*(?:pauze"
    r"|pauzeer|pauzeren|pauza|pauxe|pauzee|puaze|pauez|vakantie|vakatie|vakantei)"
    r"(?: (?:van|voor|tot|t/m|tm|t|m|en|met|de|het|tot en met|vanaf|ongeveer|zo'n|een|een paar|paar|nog"
    r"|komende|volgende|half|halve|\d{1,3}(?:[-/.]\d{1,2}(?:[-/.]\d{2,4})?)?|twee|drie|vier|vijf|zes"
    r"|zeven"
    r"|acht|negen|tien|elf|twaalf|veertien|dertig|dag|dagen|daagjes|dagje|week|weken|weekje|weekend|maand"
    r"|jan(?:uari)?|feb(?:ruari)?|maart|mrt|april|apr|mei|juni|jun|juli|jul"
    r"|aug(?:ustus)?|sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|maandag|dinsdag|woensdag"
    r"|donderdag|vrijdag|zaterdag|zondag|morgen|overmorgen|vandaag))+"
)
_TIME_WITH: Final = re.compile(
    r"(?:ik wil |graag |zet )?(?:een )?(?:(?:de |andere |mijn |nieuwe )?tijd(?:stip)?"
    r"|ander uur)(?: (?:wijzigen|veranderen|aanpassen|graag|naar|om|op|wordt|liever"
    r"|is))* ?[:=]? (?P<rest>.+)"
)
_TIME_DATES: Final = re.compile(r"(?:tot|van|vanaf|t/m|t/m) .{2,30}")


def command(text: str) -> Command | None:
    """The command that the message is, with politeness, a slash, punctuation and small typos; None when it says more.

    PAUSE and TIME may carry arguments ("pauze 3 dagen", "tijd 8 uur"), which `schedule_words` reads. A bare "/start"
    is a GREETING, since only the word START ends a STOP; "/start CODE" is no command (see `start_payload`).
    """
    if len(text) > _LONGEST_COMMAND * 2:
        return None
    if text.strip() in {"?", "??", "???"}:
        return Command.HELP
    if re.match(r"\s*/start\b", text):
        return None if start_payload(text.strip()) else Command.GREETING
    said = normalise(text)
    if len(said) > _LONGEST_COMMAND:
        return None
    said = _SLASH.sub(r"\1", said)
    return _plain(said) or _with_arguments(said)


def start_payload(text: str) -> str | None:
    """The code of a Telegram deep link "/start CODE" (1-64 characters of A-Z, a-z, 0-9, _ and -), else None.

    Source: core.telegram.org/bots/features#deep-linking.
    """
    found = _START_LINK.fullmatch(text)
    return found[1] if found else None


def _plain(said: str) -> Command | None:
    tokens = [_SQUEEZE.sub(r"\1\1", token) for token in words(said)]
    if not tokens:
        return None
    for reading in _readings(tokens):
        phrase = " ".join(reading)
        squeezed = " ".join(_SQUEEZE.sub(r"\1", token) for token in words(said)) if len(tokens) == 1 else phrase
        found = BY_PHRASE.get(phrase) or BY_PHRASE.get(squeezed) or BY_PHRASE.get(_single(phrase)) or TYPOS.get(phrase)
        if found is not None:
            return found
    core = " ".join(list(_readings(tokens))[-1])
    return _corrected(core)


def _single(phrase: str) -> str:
    return re.sub(r"(.)\1+$", r"\1", phrase)


def _readings(tokens: list[str]) -> Iterable[list[str]]:
    """The message as it is, then without politeness, then without a greeting before it."""
    yield tokens
    core = [token for token in tokens if token not in POLITE]
    if core:
        yield core
    if len(core) > 1 and core[0] in {"hoi", "hallo", "hey", "ok", "oke", "ja", "nee", "nou", "goedemorgen", "dag"}:
        yield core[1:]


def _corrected(phrase: str) -> Command | None:
    if len(phrase) < 5 or phrase in OTHER_WORDS:
        return None
    best: tuple[int, str] | None = None
    for known in _CORRECTABLE:
        reach = 1 if len(known) < (14 if " " in known else 9) else 2
        distance = OSA.distance(phrase, known, score_cutoff=reach)
        if distance <= reach and (best is None or distance < best[0]):
            best = distance, known
    return BY_PHRASE[best[1]] if best else None


def _with_arguments(said: str) -> Command | None:
    bare = " ".join(token for token in re.split(r"[\s,!:]+", said.rstrip(".!? ")) if token not in POLITE)
    if _PAUSE_WITH.fullmatch(bare):
        return Command.PAUSE
    timed = _TIME_WITH.fullmatch(" ".join(token for token in said.rstrip(".!? ").split() if token not in POLITE))
    if timed and (parse_time_of_day(timed["rest"]) or _TIME_DATES.fullmatch(timed["rest"])):
        return Command.TIME
    return None
