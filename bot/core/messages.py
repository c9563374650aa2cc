"""What comes in and what goes out, as frozen values that know nothing of a platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

LONGEST_CAPTION = 1024
"""Characters under a picture: Telegram's limit, the lowest of the channels."""


class Channel(StrEnum):
    WEBCHAT = "webchat"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"


class Lane(IntEnum):
    """Order of sending within an account: a lower lane always goes first."""

    CRISIS = 0
    REPLY = 1
    LESSON = 2
    BROADCAST = 3


@dataclass(frozen=True, slots=True)
class Address:
    """Where a subscriber can be reached: a channel, one account of the practice on it, and the platform's own id."""

    channel: Channel
    account: str
    """Key of the account, `<practice>:<channel>`: the unit of rate limits and of ownership by a worker."""
    external_id: str


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    action: str
    """What a tap means to the core (`done:HECHTING`); kept in our row and never sent to the platform."""
    short: str = ""
    """A label of at most 20 characters for channels that need one; empty when `label` is short enough."""


class InboundKind(StrEnum):
    TEXT = "text"
    BUTTON = "button"
    START = "start"
    """The person opened the chat (Telegram's /start, a first visit through a link); `payload` is the link's code."""
    EDIT = "edit"
    """An edited message: only the safety check and STOP look at it."""
    MEDIA = "media"
    """A picture, voice note or sticker; `text` is its caption."""
    GROUP = "group"
    """Something from a group or channel: left with a kind line."""
    BLOCKED = "blocked"
    """The person blocked the bot; nothing can be sent."""
    UNKNOWN = "unknown"
    """A valid payload of a shape that we do not know: an event, nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One update from a platform, parsed. `external_id` is unique within the account and is what dedupes."""

    address: Address
    external_id: str
    kind: InboundKind
    text: str = ""
    payload: str = ""
    message_id: int | None = None
    """Of a tapped button: our own message row."""
    button: int | None = None
    """Of a tapped button: its index in that row."""
    action: str = ""
    """The tapped button's action, filled in by the inbox from our own row, never by a platform."""
    callback_id: str = ""
    """The platform's id to acknowledge a tap with (Telegram's callback query)."""
    name: str = ""
    """First name as the platform gives it; may be anything."""
    language: str = ""


class Kind(StrEnum):
    """What a message is, for transcripts, statistics and the rules of resending."""

    EXPLANATION = "explanation"
    EXERCISE = "exercise"
    NUDGE = "nudge"
    LESSON = "lesson"
    CHECKIN = "checkin"
    REMINDER = "reminder"
    OFFER = "offer"
    GOODBYE = "goodbye"
    REPLY = "reply"
    CONSENT = "consent"
    MENU = "menu"
    FALLBACK = "fallback"
    STOPPED = "stopped"
    ALARM = "alarm"
    WELCOME = "welcome"
    NOTICE = "notice"
    WEEK = "week"
    DISCREET = "discreet"
    """Discreet mode was switched; an open page of the chat takes its neutral name, or its own again."""
    ERASED = "erased"
    """The receipt of an erasure; an open page of the chat shows nothing else from then on."""
    EXPORT = "export"
    """What is kept of the person, on its way to the person."""


class Papers(StrEnum):
    """A file with what is kept of the person, made at the moment of sending: no copy of it lies in the outbox."""

    PAGE = "page"
    """To read: one HTML page."""
    DATA = "data"
    """For another program: JSON by the published schema."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a picture: what was answered to one question."""

    name: str
    """As a reader sees it: "Spanning"."""
    points: tuple[tuple[date, int], ...]
    """Local dates, each once, in order, with the number of that day (0 to 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a picture shows; a channel has it drawn at the moment that it is looked at."""

    alt: str
    """The same in words, for who does not see it."""
    series: tuple[Series, ...]
    """One or two; no more can be told apart without colour."""
    first: date
    last: date
    """The local dates at both ends, whether or not something was answered on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that the core wants sent. `text` is Markdown; a channel renders it and escapes everything else."""

    text: str
    kind: Kind = Kind.REPLY
    buttons: tuple[Button, ...] = ()
    lane: Lane = Lane.REPLY
    unasked: bool = False
    """True for what the plan sends by itself: counted by `daily_cap`, dropped by STOP, takeover and alarm."""
    topic: str = ""
    """What the message belongs to (`followup:HECHTING`, `program:x`, `question:x`): cancellations name a topic."""
    expires: datetime | None = None
    """Aware; after it the message is `expired` instead of sent. None: the store's default for its lane."""
    step: str = ""
    """`program/step` for a step of a program, for statistics and WAAROM."""
    picture: Picture | None = None
    """`text` is then its caption, and at most LONGEST_CAPTION characters."""
    papers: Papers | None = None
    """A file that goes along; `text` is its caption. Only on channels that may carry files."""
