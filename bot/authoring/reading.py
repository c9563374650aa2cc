"""How easily a text reads. textstat takes a third of a second to load, so only who checks content loads this."""

from __future__ import annotations

from typing import Final

import textstat

from bot.core.content.model import READING_FLOOR, Library
from bot.core.content.report import Report
from bot.core.content.text_rules import count_words
from bot.core.content.texts import Said, texts_of_practice
from bot.core.markup import to_plain_text

SHORTEST: Final = 25
"""Words; of a shorter text the figure says nothing."""


def check_reading(library: Library, report: Report) -> None:
    """Warns about texts under the floor of their practice."""
    for practice in library.practices.values():
        for said in texts_of_practice(practice):
            _check(said, practice.reading_floor, report)
    for question in library.questions.values():
        _check(Said(question.file, "text", question.text), READING_FLOOR, report)


def reading_ease(text: str) -> float:
    """Flesch-Douma for Dutch, of a Markdown text: 100 is very easy, 60 is an ordinary newspaper."""
    textstat.set_lang("nl")
    return float(textstat.flesch_reading_ease(to_plain_text(text)))


def _check(said: Said, floor: int, report: Report) -> None:
    if count_words(said.text) < SHORTEST:
        return
    ease = reading_ease(said.text)
    if ease < floor:
        report.warning(
            said.file,
            said.place,
            f"Deze tekst leest moeilijk: {ease:.0f}, en de ondergrens is {floor} (100 is heel makkelijk).",
            "Maak de zinnen korter en neem kortere woorden.",
        )
