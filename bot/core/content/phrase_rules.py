"""What holds for the phrases: all there, none too many, and only placeholders that will be filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.core.content.model import Practice
from bot.core.content.phrases import ALWAYS
from bot.core.content.practice_fields import COMMON_PHRASES
from bot.core.content.report import Report
from bot.core.content.text_rules import check_length

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]*)\}")


def check_phrases(practice: Practice, phrases: Mapping[str, frozenset[str]], report: Report) -> None:
    for name in phrases.keys() - practice.phrases.keys():
        report.error(COMMON_PHRASES, 1, f"De zin '{name}' ontbreekt.", f'Voeg een regel toe: {name}: "..."')
    for name, text in practice.phrases.items():
        # A practice's own phrase stands in its practice.yaml.
        own = name in practice.own_phrases
        file, place = (practice.file, f"phrases.{name}") if own else (COMMON_PHRASES, name)
        if name not in phrases:
            report.error(file, place, f"De zin '{name}' kent de bot niet.", "Controleer de naam, of haal de regel weg.")
            continue
        if not text:
            report.error(file, place, f"De zin '{name}' is leeg.", "Vul de tekst in.")
        check_length(file, place, text, report)
        _check_placeholders(file, place, text, phrases[name] | ALWAYS, report)


def _check_placeholders(file: str, place: str, text: str, known: frozenset[str], report: Report) -> None:
    for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
        if name not in known:
            can = ", ".join(f"{{{one}}}" for one in sorted(known)) or "geen enkele"
            report.error(file, place, f"'{{{name}}}' wordt hier niet ingevuld.", f"Hier kan: {can}.")
    if "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
        report.error(
            file, place, "Een accolade staat alleen.", "Schrijf een invulplek als {naam}, of haal de accolade weg."
        )
