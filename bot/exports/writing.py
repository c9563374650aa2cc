"""The export as JSON for another program, and as one page to read that needs nothing but itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.core.content.model import Practice
from bot.core.dutch import clock, long_date
from bot.core.markup import to_plain_text
from bot.core.safety_plan import PARTS
from bot.core.schedule import local
from bot.exports.happened import HAPPENED
from bot.exports.model import Export

HERE: Final = Path(__file__).parent
SCHEMA_FILE: Final = HERE / "schema.json"
_templates: Final = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_CONSENTS: Final = {
    "daily": "elke dag een stap",
    "answers": "antwoorden bewaren",
    "offers": "nieuws en aanbod",
    "sharing": "antwoorden delen met de praktijk",
    "plan": "mijn plan bewaren",
}
_CHANNELS: Final = {"webchat": "webchat", "telegram": "Telegram", "whatsapp": "WhatsApp"}
_ENROLLED: Final = {"active": "loopt", "done": "afgerond", "left": "gestopt"}


def schema() -> str:
    """The published JSON Schema of the export, as it stands beside this module."""
    return SCHEMA_FILE.read_text(encoding="utf-8")


def schema_of_model() -> str:
    """What `schema.json` has to be."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Export.model_json_schema()}
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def as_json(export: Export) -> str:
    return export.model_dump_json(indent=2) + "\n"


def as_page(export: Export, practice: Practice | None, *, nonce: str = "", again: str = "") -> str:
    """The page in Dutch. `practice` gives programs and questions their titles. `nonce` is for a page that is served
    under a content policy, `again` the address from which it can be saved once."""

    def moment(at: datetime) -> str:
        wall = local(at, export.person.zone)
        return f"{_day(wall.date())}, {clock(wall.time())}"

    programs = practice.programs if practice is not None else {}
    questions = practice.questions if practice is not None else {}
    return _templates.get_template("page.html").render(
        export=export,
        nonce=nonce,
        again=again,
        moment=moment,
        day=_day,
        plain=to_plain_text,
        programs={name: program.title for name, program in programs.items()},
        questions={name: question.text for name, question in questions.items() if question.text},
        consents=_CONSENTS,
        channels=_CHANNELS,
        enrolled=_ENROLLED,
        happened=HAPPENED,
        memory=_memory(export.person.memory),
        plan=_plan(export.person.memory),
        as_text=_as_text,
    )


def _memory(memory: Mapping[str, Any]) -> dict[str, str]:
    """What the person may want to read of it; consents stand elsewhere on the page, the rest is in the JSON."""
    told: dict[str, str] = {}
    if keywords := memory.get("keywords"):
        told["Woorden die je stuurde"] = ", ".join(keywords)
    if tags := memory.get("tags"):
        told["Wat je antwoorden over je volgende stap zeiden"] = ", ".join(sorted(tags))
    if measures := memory.get("measures"):
        told["Cijfers die je gaf"] = ", ".join(
            f"{one['question']} {one['number']} ({_day(date.fromisoformat(one['on']))})" for one in measures
        )
    if memory.get("discreet"):
        told["Discreet"] = "wat uit zichzelf komt, is een neutrale regel"
    if memory.get("dose", 1) > 1:
        told["Rustiger aan"] = f"{memory['dose']} dagen tussen twee stappen"
    if memory.get("braked"):
        told["Stil"] = "je schreef dat er iets gebeurd was; er komt niets tot je VERDER typt"
    if memory.get("paused_until"):
        until = date.fromisoformat(memory["paused_until"])
        told["Pauze"] = "tot je VERDER typt" if until == date.max else f"tot {_day(until)}"
    if memory.get("alarm"):
        told["Stilgezet"] = "je schreef iets zorgelijks; er komt geen les tot het weer mag"
    if memory.get("minor"):
        told["Leeftijd"] = "je zei dat je jonger bent dan 16"
    return told


def _plan(memory: Mapping[str, Any]) -> dict[str, list[str]]:
    """The person's own safety plan, by the headings that the bot asked it under."""
    plan = memory.get("safety_plan") or {}
    return {heading: list(plan[name]) for name, heading in PARTS.items() if plan.get(name)}


def _day(day: date) -> str:
    return f"{long_date(day)} {day.year}"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
