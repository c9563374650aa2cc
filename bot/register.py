"""The processing register (art. 30 AVG) and the privacy statement of a practice, in Dutch, from what is configured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.core.content.model import Practice
from bot.core.dutch import long_date
from bot.core.retention import Retention
from bot.core.schedule import local
from bot.core.turn import CONSENT_VERSIONS, consent_phrase, text_version
from bot.refusals import Unusable
from bot.settings import Settings
from bot.upkeep import practice_of

REGISTER: Final = "verwerkingsregister.md"
STATEMENT: Final = "privacyverklaring.md"
_templates: Final = Environment(
    loader=PackageLoader("bot"),
    # Markdown for a practice's own files, from its own content: there is no page here to protect.
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_CONSENT_NAMES: Final = {
    "daily": "1. Elke dag een stap",
    "answers": "2. Antwoorden bewaren",
    "offers": "3. Nieuws en aanbod",
    "sharing": "4. Antwoorden delen met de praktijk",
    "plan": "Het eigen veiligheidsplan bewaren",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    name: str
    purpose: str
    data: str
    ground: str
    plain: str
    """The ground, in words for a reader of the statement."""
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    name: str
    what: str
    plain: str


def write_register(settings: Settings, slug: str, folder: Path, now: datetime) -> list[str]:
    """Writes both files into `folder` and returns what to say about it. `now` is aware. Raises Unusable."""
    practice = practice_of(settings, slug)
    texts = {REGISTER: register_of(practice, settings, now), STATEMENT: statement_of(practice, settings, now)}
    for name, text in texts.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise Unusable(f"{folder / name} kan niet geschreven worden: {error.strerror}") from error
    missing = list(_missing(practice, settings))
    return [
        f"Geschreven: {folder / REGISTER} en {folder / STATEMENT}.",
        *(f"Nog zelf in te vullen: {one}" for one in missing),
    ]


def register_of(practice: Practice, settings: Settings, now: datetime) -> str:
    return _templates.get_template(REGISTER).render(
        **_common(practice, settings, now),
        missing=list(_missing(practice, settings)),
        site=settings.public_url,
        database="SQLite op dezelfde computer" if settings.database.startswith("sqlite") else "PostgreSQL",
        measures=list(_measures(settings)),
        consents=[
            {"name": _CONSENT_NAMES[name], "version": text_version(practice, name), "text": _worded(practice, name)}
            for name in CONSENT_VERSIONS
        ],
    )


def statement_of(practice: Practice, settings: Settings, now: datetime) -> str:
    return _templates.get_template(STATEMENT).render(**_common(practice, settings, now))


def _common(practice: Practice, settings: Settings, now: datetime) -> dict[str, Any]:
    today = local(now, practice.zone).date()
    kept = practice.retention
    return {
        "practice": practice,
        "today": f"{long_date(today)} {today.year}",
        "purposes": list(purposes(kept)),
        "recipients": list(_recipients(practice, settings)),
        "kept": {
            "texts": kept.texts,
            "backups": kept.backups,
            "proof_years": kept.proof_years,
            "people_months": round(kept.people / 30.4),
        },
    }


def _worded(practice: Practice, consent: str) -> str:
    text = practice.phrases[consent_phrase(consent)]
    return text.replace("{practice}", practice.name).replace("{short}", practice.short_name).strip()


def purposes(kept: Retention) -> Iterator[Purpose]:
    yield Purpose(
        name="Antwoord op een woord",
        purpose="uitleg en een oefening sturen waar iemand om vraagt, en één aangekondigde vraag hoe het ging",
        data="adres op het kanaal, voornaam zoals het platform die geeft, berichten over en weer",
        ground="art. 6 lid 1 b: op verzoek van de betrokkene",
        plain="je vroeg er zelf om",
        kept=f"teksten {kept.texts} dagen; zonder toestemming 2 wat je typt {min(kept.unconsented, kept.texts)} dagen",
    )
    yield Purpose(
        name="Elke dag een stap",
        purpose="een programma sturen op het uur dat iemand kiest",
        data="programma, welke stappen iemand had, uur, tijdzone",
        ground="toestemming 1: art. 6 lid 1 a en art. 9 lid 2 a",
        plain="je zei ja (toestemming 1)",
        kept=f"tot intrekken of wissen; wat in de discrete stand op OPEN wacht {kept.waiting} dagen",
    )
    yield Purpose(
        name="Antwoorden bewaren",
        purpose="stappen laten aansluiten en iemand de eigen beweging laten zien",
        data="antwoorden op vragen: cijfers, keuzes, vrije tekst",
        ground="toestemming 2: art. 9 lid 2 a",
        plain="je zei ja (toestemming 2)",
        kept=f"tot intrekken of wissen; vrije tekst {kept.texts} dagen",
    )
    yield Purpose(
        name="Nieuws en aanbod",
        purpose="iemand laten weten wat de praktijk doet",
        data="adres op het kanaal",
        ground="toestemming 3: art. 6 lid 1 a; art. 11.7 Telecommunicatiewet",
        plain="je zei ja (toestemming 3)",
        kept="tot intrekken of wissen",
    )
    yield Purpose(
        name="Antwoorden delen",
        purpose="de praktijk laten lezen wat iemand antwoordde",
        data="antwoorden op vragen",
        ground="toestemming 4: art. 9 lid 2 a",
        plain="je zei ja (toestemming 4); zonder ziet de praktijk alleen dat je antwoordde",
        kept="tot intrekken of wissen",
    )
    yield Purpose(
        name="Veiligheid",
        purpose="wie iets zorgelijks schrijft meteen hulplijnen geven, en lessen stilzetten",
        data=(
            "berichten, vergeleken met een vaste lijst en gewogen door een klein rekenmodel op deze computer; van een "
            "alarm de regel en de ernst"
        ),
        ground="art. 6 lid 1 d en art. 9 lid 2 c: vitaal belang",
        plain="om je te kunnen helpen als het misgaat",
        kept=f"teksten {kept.crisis} dagen, daarna alleen een aantal zonder persoon",
    )
    yield Purpose(
        name="Eigen veiligheidsplan",
        purpose="iemand het eigen plan laten teruglezen als het moeilijk is",
        data="wat iemand zelf opschrijft: signalen, wat helpt, wie te bellen, een veilige plek",
        ground="toestemming bij het maken: art. 9 lid 2 a",
        plain="je schreef het zelf op om te bewaren",
        kept="tot iemand het zelf wist",
    )
    yield Purpose(
        name="Bezorgen",
        purpose="niets kwijtraken en niets dubbel sturen",
        data="dat en wanneer er een bericht was, zonder tekst",
        ground="art. 6 lid 1 f: een dienst die werkt",
        plain="zodat niets kwijtraakt of dubbel komt",
        kept=f"{kept.records} dagen",
    )
    yield Purpose(
        name="Bewijs van toestemming",
        purpose="kunnen aantonen waar iemand ja op zei (art. 7 lid 1)",
        data="toestemming, versie van de tekst, tijdstip; na wissen onder een code zonder naam",
        ground="art. 6 lid 1 c en art. 17 lid 3 e",
        plain="de wet vraagt dat we dat kunnen laten zien",
        kept=f"{kept.proof_years} jaar na wissen",
    )
    yield Purpose(
        name="Wie keek",
        purpose="kunnen nagaan wie gegevens zag of wiste",
        data="wie, wat, wanneer, en een code van de persoon",
        ground="art. 6 lid 1 c: art. 5 lid 2 en art. 32",
        plain="zodat we kunnen nagaan wie iets zag",
        kept=f"{kept.audit_years} jaar",
    )


def _recipients(practice: Practice, settings: Settings) -> Iterator[Recipient]:
    yield Recipient(
        name="De beheerder en de hosting van deze installatie",
        what="kunnen bij de computer; verwerkersovereenkomst vereist, gegevens blijven waar die computer staat.",
        plain="houden de computer draaiende, onder afspraken die de praktijk met hen maakte.",
    )
    accounts = settings.practices.get(practice.slug)
    if accounts is not None and accounts.telegram is not None:
        yield Recipient(
            name="Telegram",
            what=(
                "ontvangt elk bericht en bewaart het op eigen servers, ook buiten de EU; bots zijn niet eind-tot-eind "
                "versleuteld en er is geen verwerkersovereenkomst. Wie dat niet wil, gebruikt de webchat."
            ),
            plain=(
                "ziet en bewaart wat je daar typt, ook buiten Europa, onder de eigen voorwaarden. Wil je dat niet, "
                "gebruik dan de webchat. Wissen doet de bot bij ons; in Telegram wis je het zelf."
            ),
        )
    if accounts is not None and accounts.whatsapp is not None:
        yield Recipient(
            name="WhatsApp (Meta)",
            what="ontvangt elk bericht, ook buiten de EU. Persoonlijke vragen horen daarom in de webchat.",
            plain="ziet dat en wat je daar schrijft, onder de eigen voorwaarden.",
        )
    if accounts is not None and accounts.alert.telegram_chat:
        yield _alerted_by("Telegram, voor seintjes")
    if accounts is not None and accounts.alert.mail:
        yield _alerted_by("De mailserver voor seintjes")
    yield Recipient(
        name="Niemand anders",
        what="geen analyse, geen advertenties, geen taalmodel van derden.",
        plain="er kijkt geen ander bedrijf mee.",
    )


def _alerted_by(name: str) -> Recipient:
    return Recipient(
        name=name,
        what="krijgt bij een alarm een bericht aan de praktijk, zonder tekst en zonder naam.",
        plain="brengt bij zorgen een seintje naar de praktijk, zonder wat je schreef en zonder je naam.",
    )


def _measures(settings: Settings) -> Iterator[str]:
    yield "Teksten van mensen, berichten en vrije antwoorden staan versleuteld (Fernet: AES-128-CBC met HMAC-SHA256)."
    yield "De sleutel staat niet in de back-up en is te vervangen met `nabij keys rotate`."
    if settings.public_url.startswith("https://"):
        yield "Verkeer gaat over https, met HSTS en een streng inhoudsbeleid (CSP)."
    else:
        yield "Verkeer: er is nog geen https-adres ingesteld (NABIJ_PUBLIC_URL). Doe dat voor er iemand op schrijft."
    yield "In logboeken staan geen teksten, namen, nummers of sleutels: alleen velden van een vaste lijst."
    yield "Bewaartermijnen worden elke nacht uitgevoerd."
    yield "Wie gewist is, wordt na het terugzetten van een back-up vanzelf opnieuw gewist."
    yield "Een praktijk ziet alleen haar eigen mensen; wie gegevens bekijkt, uitgeeft of wist, staat in `nabij audit`."
    yield "Back-ups worden niet langer bewaard dan hierboven staat."


def _missing(practice: Practice, settings: Settings) -> Iterator[str]:
    if not practice.contact or practice.contact == practice.name:
        yield "`contact:` in practice.yaml: een mailadres of telefoonnummer voor vragen over privacy"
    yield "wie Nabij beheert en waar de computer staat, met de verwerkersovereenkomst"
    if not practice.approved:
        yield "`approved:` in practice.yaml: wie de teksten goedkeurde"
    if not settings.public_url:
        yield "het adres van de site (NABIJ_PUBLIC_URL)"
