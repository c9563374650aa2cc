"""The export as a value. `schema.json` beside this file is its JSON Schema, published with the package; a change here
that an older reader would not understand raises the number in `format`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _said(description: str) -> Any:
    return Field(description=description)


class Practice(_Part):
    slug: str
    name: str
    contact: str


class Person(_Part):
    since: Annotated[datetime, _said("Eerste contact.")]
    zone: Annotated[str, _said("Tijdzone waarmee de bot rekent.")]
    hour: Annotated[str | None, _said("Het uur van de dagelijkse stap, in die tijdzone.")]
    last_message_at: Annotated[datetime | None, _said("Wanneer je voor het laatst schreef.")]
    stopped_at: Annotated[datetime | None, _said("Sinds wanneer je op STOP staat.")]
    next_at: Annotated[datetime | None, _said("Wanneer de bot weer naar je kijkt.")]
    reachable: Annotated[bool, _said("Of het platform berichten aan je aanneemt.")]
    first_link: Annotated[str, _said("Code van de link waardoor je kwam.")]
    recent: Annotated[list[str], _said("Laatste teksten, alleen voor de veiligheidscheck.")]
    memory: Annotated[
        dict[str, Any], _said("Wat de bot verder onthoudt: woorden die je vroeg, cijfers, open vragen, pauze.")
    ]


class Contact(_Part):
    """Een adres waarop de bot je bereikt."""

    channel: str
    id: str
    name: str
    reachable: bool
    since: datetime


class Consent(_Part):
    """Een toestemming die je gaf of introk; de nieuwste geldt."""

    name: Annotated[str, _said("daily, answers, offers of sharing.")]
    given: bool
    version: Annotated[str, _said("Welke tekst het was.")]
    at: datetime
    message: Annotated[str, _said("Door welk bericht; daarin staat ook het kanaal.")]


class Enrollment(_Part):
    program: str
    state: str
    started_on: date
    steps_done: list[str]


class Answer(_Part):
    question: str
    program: str
    step: str
    number: int | None
    choice: str
    text: str
    at: datetime


class Line(_Part):
    """Een bericht van jou of van de bot."""

    at: datetime
    by: Literal["you", "bot"]
    channel: str
    kind: str
    state: Annotated[str, _said("Bij berichten van de bot: wat ervan werd.")]
    text: str
    buttons: list[str]


class Happening(_Part):
    """Iets wat geteld wordt, zonder tekst van jou."""

    kind: str
    at: datetime
    data: dict[str, str | int]


class Export(_Part):
    """Alles wat Nabij bij deze praktijk van je bewaart."""

    format: Literal["nabij-export/1"] = "nabij-export/1"
    made_at: datetime
    practice: Practice
    person: Person
    contacts: list[Contact]
    consents: list[Consent]
    enrollments: list[Enrollment]
    answers: list[Answer]
    conversation: list[Line]
    events: list[Happening]
    more: Annotated[
        dict[str, list[dict[str, Any]]], _said("Wat in deze versie verder van je bewaard wordt, per soort.")
    ]
