"""A question with its answers: in a check-in, or in the bank that check-ins may draw on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.core.content.documents import read_yaml
from bot.core.content.fields import SLUG, Fields
from bot.core.content.model import Branch, Choice, Question, QuestionKind
from bot.core.content.report import Report

ANSWERS: Final = "answers"
QUESTIONS: Final = "questions/"
"""The folder of a bank: common ones beside the practices, a practice's own ones in its folder."""
YES_NO: Final = (Choice("ja", "Ja"), Choice("nee", "Nee"))
REST: Final = ("else", "anders")
_RANGE: Final = re.compile(r"(\d{1,6})(?:\s*(?:-|–|t/m)\s*(\d{1,6}))?")


def read_bank(home: str, files: Mapping[str, str], report: Report) -> dict[str, Question]:
    """The questions in `questions/` by id, the name of the file. `files`: those of the folder `home` (empty, or with
    a slash at the end), by their path inside it."""
    bank = {}
    for path in sorted(files):
        name, dot, suffix = path.removeprefix(QUESTIONS).partition(".")
        if not path.startswith(QUESTIONS) or "/" in name or dot + suffix != ".yaml":
            continue
        question = _banked(home + path, name, files[path], report)
        if question is not None:
            bank[name] = question
    return bank


def _banked(file: str, name: str, yaml: str, report: Report) -> Question | None:
    if not SLUG.fullmatch(name):
        remedy = "Gebruik kleine letters, cijfers en streepjes."
        report.error(file, 1, f"De bestandsnaam '{name[:40]}' kan niet.", remedy)
    fields = read_yaml(file, yaml, report)
    if fields is None:
        return None
    question = _shape(fields, name)
    question = replace(
        question,
        text=fields.required_text("text", '"Hoe vol is het nu in je hoofd?"'),
        meaning=fields.required_text("meaning", '"Hoe druk iemand het nu naar eigen gevoel heeft."'),
        recurs=fields.flag("recurs"),
        branches=_branches(fields, question.kind),
        file=file,
    )
    fields.refuse_unknown()
    return question


def read_question(fields: Fields, bank: Mapping[str, Question]) -> Question | None:
    """The question of a check-in: its own one (`question: {id, kind, ...}`), or one of the bank (`question: id`),
    whose answers the check-in may replace by its own."""
    if fields.is_text("question"):
        return _from_bank(fields, bank)
    inner = fields.inner("question")
    if inner is None:
        fields.inners(ANSWERS)
        return None
    question = _shape(inner, inner.required_slug("id", "spanning"))
    inner.refuse_unknown()
    return replace(question, branches=_branches(fields, question.kind))


def _from_bank(fields: Fields, bank: Mapping[str, Question]) -> Question | None:
    name = fields.slug("question")
    if name not in bank:
        if name:
            known = ", ".join(sorted(bank)) or "(er zijn er nog geen)"
            fields.error(
                "question",
                f"De vraag '{name}' staat niet in de map questions.",
                f"Kies uit: {known}; of schrijf de vraag hier uit, met 'id:' en 'kind:'.",
            )
        fields.inners(ANSWERS)
        return None
    question = bank[name]
    return replace(question, branches=_branches(fields, question.kind)) if fields.has(ANSWERS) else question


def _shape(fields: Fields, question_id: str) -> Question:
    """What is asked for, without what is said about the answers."""
    kind = QuestionKind(fields.one_of("kind", [kind.value for kind in QuestionKind]) or QuestionKind.TEXT)
    low, high = _bounds(fields, kind)
    return Question(id=question_id, kind=kind, low=low, high=high, choices=_choices(fields, kind))


def _branches(fields: Fields, kind: QuestionKind) -> tuple[Branch, ...]:
    return tuple(branch for answer in fields.inners(ANSWERS) if (branch := _branch(answer, kind)) is not None)


def _bounds(inner: Fields, kind: QuestionKind) -> tuple[int, int]:
    if kind not in (QuestionKind.SCALE, QuestionKind.NUMBER):
        for name in ("low", "high"):
            if inner.has(name):
                inner.error(name, f"'{name}' hoort alleen bij een schaal of een getal.", "Haal de regel weg.")
        return 0, 10
    scale = kind is QuestionKind.SCALE
    low = inner.number("low", 0 if scale else None, low=0, high=10 if scale else 100_000)
    high = inner.number("high", 10 if scale else None, low=0, high=10 if scale else 100_000)
    if low >= high:
        inner.error("high", "'high' moet groter zijn dan 'low'.", "Wissel de getallen om.")
    return low, high


def _choices(inner: Fields, kind: QuestionKind) -> tuple[Choice, ...]:
    if kind is not QuestionKind.CHOICE:
        if inner.has("choices"):
            inner.error(
                "choices", "'choices' hoort alleen bij een keuze.", "Haal het weg, of maak er 'kind: choice' van."
            )
        return YES_NO if kind is QuestionKind.YES_NO else ()
    choices: list[Choice] = []
    for item in inner.inners("choices"):
        choice = Choice(
            id=item.required_slug("id", "naar-voren"),
            label=item.required_text("label", "Naar voren"),
            short=item.text("short"),
        )
        item.refuse_unknown()
        if any(choice.id == other.id for other in choices):
            item.error("id", f"De keuze '{choice.id}' staat er twee keer.", "Geef elke keuze een eigen id.")
        choices.append(choice)
    if not 2 <= len(choices) <= 8:
        inner.error(
            "choices", f"Een keuzevraag heeft 2 tot 8 keuzes; hier staan er {len(choices)}.", "Vul aan of kort in."
        )
    return tuple(choices)


def _branch(answer: Fields, kind: QuestionKind) -> Branch | None:
    condition = answer.answer("if")
    reply, goto, program = answer.text("reply"), answer.slug("goto"), answer.slug("program")
    tag = answer.slug("tag")
    answer.refuse_unknown()
    if condition is None:
        return None
    low = high = None
    choice = ""
    if condition not in REST:
        if kind in (QuestionKind.SCALE, QuestionKind.NUMBER):
            found = _RANGE.fullmatch(str(condition))
            if found is None:
                answer.error(
                    "if",
                    f"'if: {condition}' is geen getal of reeks.",
                    'Schrijf een getal (7), een reeks ("0-3") of else.',
                )
                return None
            low = int(found[1])
            high = int(found[2] or low)
        elif kind is QuestionKind.TEXT:
            answer.error(
                "if", "Bij een vrij antwoord kan alleen 'else'.", "Schrijf 'if: else' en één reactie voor elk antwoord."
            )
            return None
        elif isinstance(condition, str) and SLUG.fullmatch(condition):
            choice = condition
        else:
            answer.error("if", f"'if: {condition}' is geen keuze.", "Schrijf de id van een keuze, of else.")
            return None
    if not reply and not goto and not program:
        answer.error("reply", "Op dit antwoord volgt niets.", "Voeg 'reply:' toe: een korte, warme reactie.")
    return Branch(low=low, high=high, choice=choice, reply=reply, goto=goto, tag=tag, program=program)
