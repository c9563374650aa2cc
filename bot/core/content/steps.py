"""One step of a program from its file: the fields, the question with its answers, and the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.core.content.documents import Document, read_document
from bot.core.content.fields import SLUG, Fields
from bot.core.content.model import Branch, Choice, Offer, Question, QuestionKind, Step, StepKind
from bot.core.content.report import BODY, Report

PROGRAM_KINDS: Final = tuple(kind.value for kind in StepKind if kind is not StepKind.NUDGE)
EXERCISES: Final = {
    "notice": "opmerken wat er is",
    "breath": "lang uitademen",
    "feet": "voeten op de grond",
    "look": "om je heen kijken",
    "sentence": "één zin opschrijven",
    "need": "één behoefte zeggen",
}
"""The closed list of harmless exercises, with what each is (CONVERSATION.md, "Content that may and may not")."""
YES_NO: Final = (Choice("ja", "Ja"), Choice("nee", "Nee"))
REST: Final = ("else", "anders")
_RANGE: Final = re.compile(r"(\d{1,6})(?:\s*(?:-|–|t/m)\s*(\d{1,6}))?")
_ANSWERS_PLACE: Final = "answers"


def read_step(file: str, step_id: str, text: str, offers: Mapping[str, Offer], report: Report) -> Step:
    """The step of a program; what can't be read is reported and left empty."""
    document = read_document(file, text, report)
    if document is None:
        return Step(id=step_id, kind=StepKind.LESSON, text="", file=file)
    fields = document.fields
    kind = StepKind(fields.one_of("kind", PROGRAM_KINDS) or StepKind.LESSON)
    step = Step(
        id=step_id,
        kind=kind,
        text=required_body(document, report),
        source=fields.text("source"),
        question=_question(fields),
        only=fields.slug("only"),
        unless=fields.slug("unless"),
        exercise=_exercise(fields) if kind is StepKind.EXERCISE else _no_exercise(fields, kind),
        partner=fields.flag("partner"),
        link=_offer_link(fields, offers) if kind is StepKind.OFFER else "",
        draft=fields.flag("draft"),
        file=file,
    )
    _question_where_it_belongs(step, fields)
    fields.refuse_unknown()
    return step


def read_exercise(file: str, text: str, report: Report) -> Step:
    """The first exercise of a keyword."""
    document = read_document(file, text, report)
    if document is None:
        return Step(id="exercise", kind=StepKind.EXERCISE, text="", file=file)
    step = Step(
        id="exercise",
        kind=StepKind.EXERCISE,
        text=required_body(document, report),
        exercise=_exercise(document.fields),
        partner=document.fields.flag("partner"),
        file=file,
    )
    document.fields.refuse_unknown()
    return step


def read_offer(file: str, text: str, offers: Mapping[str, Offer], report: Report) -> Step:
    """What a keyword's "Wat kan ... voor je doen?" answers."""
    document = read_document(file, text, report)
    if document is None:
        return Step(id="offer", kind=StepKind.OFFER, text="", file=file)
    link = _offer_link(document.fields, offers)
    document.fields.refuse_unknown()
    return Step(id="offer", kind=StepKind.OFFER, text=required_body(document, report), link=link, file=file)


def required_body(document: Document, report: Report) -> str:
    if not document.text:
        report.error(document.fields.file, BODY, "Dit bestand heeft geen tekst.", "Schrijf de tekst onder de gegevens.")
    return document.text


def _exercise(fields: Fields) -> str:
    if fields.required_text("origin", "nabij") not in ("", "nabij"):
        fields.error("origin", "Oefeningen komen uit de vaste lijst van Nabij.", "Schrijf 'origin: nabij'.")
    return fields.one_of("exercise", EXERCISES)


def _no_exercise(fields: Fields, kind: StepKind) -> str:
    for name in ("exercise", "origin"):
        if fields.has(name):
            fields.error(
                name, f"'{name}' hoort niet bij 'kind: {kind}'.", "Haal de regel weg, of maak er 'kind: exercise' van."
            )
    return ""


def _offer_link(fields: Fields, offers: Mapping[str, Offer]) -> str:
    name = fields.text("offer")
    if name and name not in offers:
        fields.error("offer", f"Het aanbod '{name}' staat niet in practice.yaml.", "Zet het daar onder 'offers:'.")
    return fields.text("link") or (offers[name].link if name in offers else "")


def _question_where_it_belongs(step: Step, fields: Fields) -> None:
    if step.kind is StepKind.CHECKIN:
        if not fields.has("question"):
            fields.error("question", "Deze check-in stelt geen vraag.", "Voeg 'question:' toe met een id en een kind.")
    else:
        for name in ("question", _ANSWERS_PLACE):
            if fields.has(name):
                fields.error(
                    name, f"'{name}' hoort alleen bij een check-in.", "Haal het weg, of maak er 'kind: checkin' van."
                )
    if step.kind is not StepKind.OFFER:
        for name in ("link", "offer"):
            if fields.has(name):
                fields.error(
                    name, f"'{name}' hoort alleen bij een aanbod.", "Haal de regel weg, of maak er 'kind: offer' van."
                )


def _question(fields: Fields) -> Question | None:
    inner = fields.inner("question")
    answers = fields.inners(_ANSWERS_PLACE)
    if inner is None:
        return None
    question_id = inner.required_slug("id", "spanning")
    kind = QuestionKind(inner.one_of("kind", [kind.value for kind in QuestionKind]) or QuestionKind.TEXT)
    low, high = _bounds(inner, kind)
    choices = _choices(inner, kind)
    inner.refuse_unknown()
    branches = tuple(branch for answer in answers if (branch := _branch(answer, kind)) is not None)
    return Question(id=question_id, kind=kind, low=low, high=high, choices=choices, branches=branches)


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
