"""What holds for the words that people send: told apart from each other and from what the bot itself listens to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from rapidfuzz.distance import OSA

from bot.core import safety
from bot.core.commands import command
from bot.core.content.model import Keyword, Practice
from bot.core.content.report import BODY, Report
from bot.core.content.step_rules import check_step
from bot.core.content.text_rules import BUTTON_LABEL, check_length
from bot.core.stopping import is_stop
from bot.core.text import normalise, words

TOO_CLOSE: Final = 2
LONGEST_WORD: Final = 40
LONGEST_ABOUT: Final = 72
"""A row's description in a WhatsApp list (PLATFORMS.md)."""


def check_keyword(keyword: Keyword, practice: Practice, report: Report) -> None:
    home = keyword.file.removesuffix("keyword.md")
    check_length(keyword.file, BODY, keyword.explanation, report)
    for number, nudge in enumerate(keyword.nudges, 1):
        check_length(f"{home}nudge-{number}.md", BODY, nudge, report)
    check_step(keyword.exercise, report)
    if keyword.offer is not None:
        check_step(keyword.offer, report)
    if len(keyword.about) > LONGEST_ABOUT:
        report.error(
            keyword.file,
            "about",
            f"'about' heeft {len(keyword.about)} tekens.",
            f"Maak er hooguit {LONGEST_ABOUT} van.",
        )
    if keyword.program and keyword.program not in practice.programs:
        report.error(
            keyword.file,
            "program",
            f"Het programma '{keyword.program}' bestaat niet bij deze praktijk.",
            f"Kies uit: {', '.join(practice.programs) or '(er is nog geen programma)'}; of haal de regel weg.",
        )


def check_words(practice: Practice, report: Report) -> None:
    """Each word must be usable on its own, and no two keywords may be one typo apart."""
    every = [(keyword, place, word) for keyword in practice.keywords.values() for place, word in _words(keyword)]
    for keyword, place, word in every:
        _check_word(keyword.file, place, word, report)
    for (one, _, word), (other, place, twin) in combinations(every, 2):
        if one is not other and OSA.distance(normalise(word), normalise(twin), score_cutoff=TOO_CLOSE) <= TOO_CLOSE:
            report.error(
                other.file,
                place,
                f"'{twin}' lijkt te veel op '{word}' van {one.name}.",
                "Een tikfout kiest dan het verkeerde; neem een ander woord of haal er één weg.",
            )


def _words(keyword: Keyword) -> Iterator[tuple[str, str]]:
    """Every word that stands for the keyword, with its place."""
    yield "keyword", keyword.name
    for index, alias in enumerate(keyword.aliases):
        yield f"aliases[{index}]", alias


def _check_word(file: str, place: str, word: str, report: Report) -> None:
    if not words(word) or len(word) > LONGEST_WORD:
        report.error(
            file,
            place,
            f"'{word[:LONGEST_WORD]}' is geen woord dat iemand stuurt.",
            f"Neem letters, hooguit {LONGEST_WORD}.",
        )
    elif is_stop(word) or command(word) is not None:
        report.error(
            file, place, f"'{word}' is al een opdracht aan de bot, zoals STOP, HULP of MENU.", "Neem een ander woord."
        )
    elif safety.check(word) is not None:
        report.error(
            file,
            place,
            f"Bij '{word}' geeft de bot hulplijnen in plaats van een uitleg.",
            "Neem een woord dat niemand in nood stuurt.",
        )
    elif place == "keyword" and len(word) > BUTTON_LABEL:
        report.error(
            file,
            place,
            f"'{word}' heeft {len(word)} tekens; op een knop passen er {BUTTON_LABEL}.",
            "Neem een korter woord, en zet dit bij 'aliases'.",
        )
