"""The linter: what a well-formed library must keep to before anybody is texted from it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.content.campaigns import check_campaigns
from bot.core.content.keyword_rules import check_keyword, check_words
from bot.core.content.model import Library, Practice
from bot.core.content.phrase_rules import check_phrases
from bot.core.content.privacy_rules import check_retention
from bot.core.content.program_rules import check_daily_cap, check_program, check_titles, tags_set_by
from bot.core.content.question_rules import check_bank, check_recurring_questions
from bot.core.content.report import Report
from bot.core.content.text_rules import check_pictures
from bot.core.content.texts import texts_of
from bot.core.content.word_rules import check_texts


def check(library: Library, phrases: Mapping[str, frozenset[str]], report: Report) -> None:
    """Reports what breaks a rule. `phrases`: the names the conversation needs, each with its placeholders."""
    unread = report.broken_files()
    for practice in library.practices.values():
        _check_practice(practice, phrases, unread, report)
    check_texts(library, report)
    for said in texts_of(library):
        check_pictures(said.file, said.place, said.text, report)


def _check_practice(
    practice: Practice, phrases: Mapping[str, frozenset[str]], unread: frozenset[str], report: Report
) -> None:
    check_phrases(practice, phrases, report)
    if not practice.keywords:
        report.error(practice.file, 1, "Deze praktijk heeft geen enkel woord.", "Maak een map keywords/<woord> aan.")
    check_words(practice, report)
    for keyword in practice.keywords.values():
        check_keyword(keyword, practice, report)
    for program in practice.programs.values():
        others = (other for other in practice.programs.values() if other is not program)
        check_program(program, practice, tags_set_by(others), unread, report)
    check_titles(practice, report)
    check_daily_cap(practice, report)
    check_retention(practice, report)
    check_campaigns(practice, report)
    check_bank(practice, report)
    check_recurring_questions(practice, report)
