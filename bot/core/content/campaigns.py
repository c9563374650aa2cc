"""The texts of a practice's campaigns: one Markdown file each, in `campaigns/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from bot.core.content.documents import read_document
from bot.core.content.fields import SLUG
from bot.core.content.model import CampaignText, Practice
from bot.core.content.report import BODY, Report
from bot.core.content.steps import required_body
from bot.core.content.text_rules import check_length, last_paragraphs

CAMPAIGNS: Final = "campaigns/"


def read_campaigns(home: str, files: Mapping[str, str], report: Report) -> dict[str, CampaignText]:
    """`files`: those of the practice's folder `home`, by their path inside it."""
    found = {}
    for path in sorted(files):
        name, dot, suffix = path.removeprefix(CAMPAIGNS).partition(".")
        if not path.startswith(CAMPAIGNS) or "/" in name or dot + suffix != ".md":
            continue
        file = home + path
        if not SLUG.fullmatch(name):
            report.error(
                file, 1, f"De bestandsnaam '{name[:40]}' kan niet.", "Gebruik kleine letters, cijfers en streepjes."
            )
        document = read_document(file, files[path], report)
        if document is None:
            continue
        document.fields.one_of("kind", ("campaign",))
        found[name] = CampaignText(
            id=name,
            text=required_body(document, report),
            on=document.fields.day("on"),
            draft=document.fields.flag("draft"),
            file=file,
        )
        document.fields.refuse_unknown()
    return found


def check_campaigns(practice: Practice, report: Report) -> None:
    days = Counter(campaign.on for campaign in practice.campaigns.values() if campaign.on)
    for campaign in practice.campaigns.values():
        check_length(campaign.file, BODY, campaign.text, report)
        if "STOP" not in campaign.text or "stop" not in last_paragraphs(campaign.text, 2):
            report.error(
                campaign.file,
                BODY,
                "Deze tekst zegt niet hoe je ervan afkomt.",
                "Zet als laatste regel: Liever geen berichten meer? Typ STOP.",
            )
        if days[campaign.on] > practice.daily_cap:
            report.error(
                campaign.file,
                "on",
                f"Op {campaign.on} staan {days[campaign.on]} campagnes; meer dan {practice.daily_cap} berichten op een "
                "dag krijgt niemand.",
                "Kies een andere dag.",
            )
        if campaign.on in practice.days_off:
            report.error(
                campaign.file, "on", f"Op {campaign.on} stuurt de praktijk niets (days_off).", "Kies een andere dag."
            )
        if campaign.draft:
            report.warning(
                campaign.file,
                "draft",
                "Dit is een concept en wordt niet verstuurd.",
                "Lees de tekst na en haal 'draft: true' weg.",
            )
