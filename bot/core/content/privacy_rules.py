"""What holds for how long a practice keeps things: shorter is its own choice, longer asks for a reason on paper."""

from __future__ import annotations

from dataclasses import asdict

from bot.core.content.model import Practice
from bot.core.content.report import Report
from bot.core.retention import Retention


def check_retention(practice: Practice, report: Report) -> None:
    kept, usual = asdict(practice.retention), asdict(Retention())
    for name, value in kept.items():
        if value > usual[name]:
            report.warning(
                practice.file,
                f"retention.{name}",
                f"'{name}: {value}' is langer dan gewoonlijk ({usual[name]}).",
                "Leg vast waarom dat nodig is, of haal de regel weg.",
            )
