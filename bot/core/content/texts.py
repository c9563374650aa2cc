"""Every text of a library that somebody may read, with where it stands. Drafts are read by nobody yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.core.content.model import Keyword, Library, Practice, Program, Question, Step
from bot.core.content.practice_fields import COMMON_PHRASES
from bot.core.content.report import BODY


class Said(NamedTuple):
    file: str
    place: str
    text: str


def texts_of(library: Library) -> Iterator[Said]:
    for question in library.questions.values():
        yield from _of_question(question)
    common: dict[str, str] = {}
    for practice in library.practices.values():
        yield from texts_of_practice(practice)
        common.update({name: text for name, text in practice.phrases.items() if name not in practice.own_phrases})
    for name, text in common.items():
        yield Said(COMMON_PHRASES, name, text)


def texts_of_practice(practice: Practice) -> Iterator[Said]:
    """What this practice wrote itself: without the common phrases and questions."""
    for keyword in practice.keywords.values():
        yield from _of_keyword(keyword)
    for program in practice.programs.values():
        yield from _of_program(program, practice.questions)
    home = practice.file.removesuffix("practice.yaml")
    for question in practice.questions.values():
        if question.file.startswith(home):
            yield from _of_question(question)
    for campaign in practice.campaigns.values():
        if not campaign.draft:
            yield Said(campaign.file, BODY, campaign.text)
    for name in practice.own_phrases:
        yield Said(practice.file, f"phrases.{name}", practice.phrases[name])


def _of_keyword(keyword: Keyword) -> Iterator[Said]:
    yield Said(keyword.file, "about", keyword.about)
    yield Said(keyword.file, BODY, keyword.explanation)
    yield from _of_step(keyword.exercise, {})
    home = keyword.file.removesuffix("keyword.md")
    for number, nudge in enumerate(keyword.nudges, 1):
        yield Said(f"{home}nudge-{number}.md", BODY, nudge)
    if keyword.offer is not None:
        yield from _of_step(keyword.offer, {})


def _of_program(program: Program, bank: Mapping[str, Question]) -> Iterator[Said]:
    if program.draft:
        return
    yield Said(program.file, "title", program.title)
    yield Said(program.file, "about", program.about)
    for step in program.steps:
        yield from _of_step(step, bank)
    if program.goodbye is not None:
        yield from _of_step(program.goodbye, bank)


def _of_step(step: Step, bank: Mapping[str, Question]) -> Iterator[Said]:
    if step.draft:
        return
    question = step.question
    if question is None or step.text != question.text:
        yield Said(step.file, BODY, step.text)
    if question is not None and question != bank.get(question.id):
        yield from _of_answers(step.file, "question.", question)


def _of_question(question: Question) -> Iterator[Said]:
    yield Said(question.file, "text", question.text)
    yield from _of_answers(question.file, "", question)


def _of_answers(file: str, home: str, question: Question) -> Iterator[Said]:
    if file == question.file or not question.file:
        for index, choice in enumerate(question.choices):
            yield Said(file, f"{home}choices[{index}].label", choice.label)
            yield Said(file, f"{home}choices[{index}].short", choice.short)
    for index, branch in enumerate(question.branches):
        yield Said(file, f"answers[{index}].reply", branch.reply)
