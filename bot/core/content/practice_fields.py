"""practice.yaml and phrases.yaml: who the practice is, and how the bot words things for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.content.documents import read_yaml
from bot.core.content.fields import SLUG, Fields, as_day
from bot.core.content.model import READING_FLOOR, Offer, Practice
from bot.core.content.report import Report
from bot.core.retention import Retention

COMMON_PHRASES: Final = "phrases.yaml"
LONGEST_SHORT_NAME: Final = 20
_LONGEST_ABSENCE: Final = timedelta(days=366)


def read_common_phrases(
    files: Mapping[str, str], phrases: Mapping[str, frozenset[str]], report: Report
) -> dict[str, str]:
    if COMMON_PHRASES not in files:
        if phrases:
            report.error(COMMON_PHRASES, 1, "Dit bestand ontbreekt.", "Zet het terug: zonder kan de bot niets zeggen.")
        return {}
    fields = read_yaml(COMMON_PHRASES, files[COMMON_PHRASES], report)
    return _texts(fields) if fields else {}


def read_practice(home: str, yaml: str | None, slug: str, common: Mapping[str, str], report: Report) -> Practice:
    """The practice without its keywords and programs. `home`: its folder, with a slash at the end."""
    file = home + "practice.yaml"
    nothing = Practice(slug=slug, name="", short_name="", keywords={}, programs={}, phrases=common, file=file)
    if not SLUG.fullmatch(slug):
        report.error(file, 1, f"De mapnaam '{slug[:40]}' kan niet.", "Gebruik kleine letters, cijfers en streepjes.")
    if yaml is None:
        report.error(
            file, 1, "Dit bestand ontbreekt.", "Elke praktijk heeft een practice.yaml met 'name:' en 'short_name:'."
        )
        return nothing
    fields = read_yaml(file, yaml, report)
    if fields is None:
        return nothing
    inner = fields.inner("phrases")
    own_phrases = _texts(inner) if inner else {}
    practice = Practice(
        slug=slug,
        name=fields.required_text("name", "Praktijk De Wilg"),
        short_name=_short_name(fields),
        keywords={},
        programs={},
        phrases={**common, **own_phrases},
        own_phrases=frozenset(own_phrases),
        zone=_zone(fields),
        daily_cap=fields.number("daily_cap", 2, low=1, high=5),
        contact=fields.text("contact"),
        days_off=_days_off(fields),
        approved=_approved(fields),
        offers=_offers(fields),
        omitted=_omitted(fields),
        retention=_retention(fields),
        reading_floor=fields.number("reading_floor", READING_FLOOR, low=0, high=100),
        file=file,
    )
    fields.refuse_unknown()
    return practice


def _texts(fields: Fields) -> dict[str, str]:
    return {name: fields.text(name) for name in fields.names()}


def _short_name(fields: Fields) -> str:
    name = fields.required_text("short_name", "De Wilg")
    if len(name) > LONGEST_SHORT_NAME:
        fields.error(
            "short_name", f"'short_name' heeft {len(name)} tekens.", f"Maak er hooguit {LONGEST_SHORT_NAME} van."
        )
    return name


def _zone(fields: Fields) -> str:
    name = fields.text("zone", "Europe/Amsterdam")
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        fields.error(
            "zone",
            f"De tijdzone '{name[:40]}' bestaat niet.",
            "Schrijf bijvoorbeeld Europe/Amsterdam of Europe/Brussels.",
        )
        return "Europe/Amsterdam"
    return name


def _days_off(fields: Fields) -> frozenset[str]:
    """Single days, and periods written as "2026-12-24 t/m 2027-01-02"."""
    days: set[str] = set()
    for place, item in fields.items("days_off"):
        first, last = (_period(item) if isinstance(item, str) else None) or (as_day(item), as_day(item))
        if first is None or last is None or not timedelta() <= last - first <= _LONGEST_ABSENCE:
            fields.error(
                place,
                "Dit is geen dag en geen periode van hooguit een jaar.",
                'Schrijf 2026-04-27, of "2026-12-24 t/m 2027-01-02" met de vroegste dag eerst.',
            )
            continue
        days.update((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))
    return frozenset(days)


def _period(text: str) -> tuple[date | None, date | None] | None:
    first, until, last = text.partition("t/m")
    return (as_day(first), as_day(last)) if until else None


def _approved(fields: Fields) -> dict[str, str]:
    inner = fields.inner("approved")
    if inner is None:
        return {}
    by, on = inner.text("by"), inner.day("on")
    inner.refuse_unknown()
    if bool(by) != bool(on):
        fields.error(
            "approved",
            "De goedkeuring is half ingevuld.",
            "Vul 'by' (wie) en 'on' (datum) allebei in, of geen van beide.",
        )
        return {}
    return {"by": by, "on": on} if by else {}


_LONGEST: Final = {
    "texts": 365, "unconsented": 7, "crisis": 30, "waiting": 90, "records": 3650, "people": 3650, "proof_years": 10,
    "backups": 90, "audit_years": 10,
}  # fmt: skip
"""The most that a practice may set; `privacy_rules` asks it to think again above the defaults."""
_SHORTEST: Final = {"people": 30, "proof_years": 1, "audit_years": 1}


def _retention(fields: Fields) -> Retention:
    inner = fields.inner("retention")
    if inner is None:
        return Retention()
    usual = Retention()
    days = {
        name: inner.number(name, getattr(usual, name), low=_SHORTEST.get(name, 1), high=most)
        for name, most in _LONGEST.items()
    }
    inner.refuse_unknown()
    return Retention(**days)


def _offers(fields: Fields) -> dict[str, Offer]:
    inner = fields.inner("offers")
    offers = {}
    for name in inner.names() if inner else []:
        one = inner.inner(name) if inner else None
        if inner is not None and not SLUG.fullmatch(name):
            inner.error(
                name,
                f"'{name[:40]}' kan geen naam van een aanbod zijn.",
                "Gebruik kleine letters, cijfers en streepjes.",
            )
        if one is None:
            fields.error(
                "offers", f"Bij het aanbod '{name[:40]}' staat niets.", "Geef het een 'title:' en een 'link:'."
            )
            continue
        offers[name] = Offer(id=name, title=one.required_text("title", "Kennismaking"), link=one.text("link"))
        one.refuse_unknown()
    return offers


def _omitted(fields: Fields) -> dict[str, str]:
    """Section of the article -> why no step carries it: lines `section: "omit: reason"`, or a list of both fields."""
    omitted = {}
    if fields.is_list("coverage"):
        for item in fields.inners("coverage"):
            omitted[item.required_text("section", "Haar verhaal")] = item.required_text(
                "omit", "te zwaar zonder gesprek"
            )
            item.refuse_unknown()
        return omitted
    inner = fields.inner("coverage")
    for section in inner.names() if inner else []:
        said = inner.text(section) if inner else ""
        word, colon, reason = said.partition(":")
        if inner is not None and (word != "omit" or not colon or not reason.strip()):
            inner.error(
                section, "Hier ontbreekt waarom dit deel wegblijft.", 'Schrijf achter het kopje: "omit: de reden".'
            )
            continue
        omitted[section] = reason.strip()
    return omitted
