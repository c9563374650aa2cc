"""What holds for a single step: its length, and what keeps a person safe while doing it."""

from __future__ import annotations

import re
from typing import Final

from bot.core.content.model import Step, StepKind
from bot.core.content.report import BODY, Report
from bot.core.content.text_rules import check_length, count_words, last_paragraphs
from bot.core.text import normalise

SHORTEST_LESSON: Final = 40
LONGEST_LESSON: Final = 120
LONGEST_EXERCISE: Final = 5
"""Minutes; an exercise takes less."""

_TOO_MUCH: Final = "Te veel? Stop, kijk om je heen, typ TE VEEL."
_PARTNER: Final = "Alleen als je je veilig voelt bij die ander. Bang? Bel Veilig Thuis, 0800-2000."
_EYES_CLOSED: Final = re.compile(
    r"\b(?:sluit|doe)\b[^.?!]{0,25}\bogen\b(?:[^.?!]{0,15}\bdicht\b)?|\bogen (?:dicht|gesloten)\b"
)
_STAYS_OPEN: Final = re.compile(r"\b(?:niet|open)\b")
_NUMBERS: Final = {"zes": 6, "zeven": 7, "acht": 8, "negen": 9, "tien": 10, "vijftien": 15, "twintig": 20, "dertig": 30}
_MINUTES: Final = re.compile(rf"\b(\d+|vijf|{'|'.join(_NUMBERS)}) minuten\b")


def check_step(step: Step, report: Report) -> None:
    check_length(step.file, BODY, step.text, report)
    if step.kind is StepKind.LESSON:
        _check_lesson(step, report)
    if step.kind is StepKind.EXERCISE:
        _check_exercise(step, report)
    if step.partner:
        _check_partner(step, report)
    if step.draft:
        report.warning(
            step.file,
            "draft",
            "Dit is een concept en wordt niet verstuurd.",
            "Lees de tekst na en haal 'draft: true' weg.",
        )
    if step.only and step.only == step.unless:
        report.error(
            step.file, "unless", "Door 'only' en 'unless' samen krijgt niemand deze stap.", "Haal één van beide weg."
        )


def _check_lesson(step: Step, report: Report) -> None:
    words = count_words(step.text)
    if words > LONGEST_LESSON:
        report.error(
            step.file,
            BODY,
            f"Deze les heeft {words} woorden; een les heeft er {SHORTEST_LESSON} tot {LONGEST_LESSON}.",
            "Kort de tekst in, of maak er twee stappen van.",
        )
    elif words < SHORTEST_LESSON:
        report.error(
            step.file,
            BODY,
            f"Deze les heeft {words} woorden; een les heeft er {SHORTEST_LESSON} tot {LONGEST_LESSON}.",
            "Vul de tekst aan, bijvoorbeeld met een herkenbaar moment.",
        )


def _check_exercise(step: Step, report: Report) -> None:
    ending = last_paragraphs(step.text, 2)
    if "TE VEEL" not in step.text or not all(part in ending for part in ("stop", "kijk om je heen", "te veel")):
        report.error(
            step.file,
            BODY,
            "Deze oefening eindigt niet met hoe je ermee stopt.",
            f"Zet als laatste alinea: {_TOO_MUCH}",
        )
    said = normalise(step.text)
    if (closed := _EYES_CLOSED.search(said)) and not _STAYS_OPEN.search(closed[0]):
        report.error(
            step.file, BODY, "Bij oefeningen blijven de ogen open.", "Schrijf bijvoorbeeld: je ogen blijven open."
        )
    for found in _MINUTES.finditer(said):
        minutes = int(found[1]) if found[1].isdecimal() else _NUMBERS.get(found[1], LONGEST_EXERCISE)
        if minutes >= LONGEST_EXERCISE:
            report.error(
                step.file,
                BODY,
                f"Een oefening duurt minder dan {LONGEST_EXERCISE} minuten; hier staat '{found[0]}'.",
                "Maak de oefening korter.",
            )


def _check_partner(step: Step, report: Report) -> None:
    ending = last_paragraphs(step.text, 2)
    if "0800-2000" not in ending or "veilig thuis" not in ending or "veilig voel" not in _voelen(ending):
        report.error(
            step.file,
            BODY,
            "Deze stap gaat over een ander en eindigt niet met de veiligheidszin.",
            f"Zet aan het eind, in eigen woorden maar met het nummer: {_PARTNER}",
        )


def _voelen(text: str) -> str:
    """The text with "voelt ... veilig" turned into the order that the rule looks for."""
    return re.sub(r"\bvoel(?:t|en)?\b([^.?!]{0,40})\bveilig\b", r"\1 veilig voel", text)
