"""One step of a program from its file: the fields, the question that it asks, and the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.content.documents import Document, read_document
from bot.core.content.fields import Fields
from bot.core.content.model import Offer, Question, Step, StepKind
from bot.core.content.questions import ANSWERS, read_question
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


def read_step(
    file: str, step_id: str, text: str, offers: Mapping[str, Offer], bank: Mapping[str, Question], report: Report
) -> Step:
    """The step of a program; what can't be read is reported and left empty. `bank`: the questions that a step may
    name instead of asking one of its own."""
    document = read_document(file, text, report)
    if document is None:
        return Step(id=step_id, kind=StepKind.LESSON, text="", file=file)
    fields = document.fields
    kind = StepKind(fields.one_of("kind", PROGRAM_KINDS) or StepKind.LESSON)
    question = read_question(fields, bank)
    asked = question.text if question is not None else ""
    step = Step(
        id=step_id,
        kind=kind,
        text=document.text or asked or required_body(document, report),
        source=fields.text("source"),
        question=question,
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
        for name in ("question", ANSWERS):
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
