"""`nabij simulate`: the same core and the same clock rules, without database or network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.core.content.model import Practice
from bot.core.conversation import respond
from bot.core.decision import Decision
from bot.core.messages import Address, Button, Channel, Inbound, InboundKind, Outgoing
from bot.core.programs import plan
from bot.core.schedule import at_local, local
from bot.core.subscriber import Subscriber

STARTS_AT = time(10)
THINKS_FOR = timedelta(minutes=2)
LATE_BY = timedelta(hours=26)
VISITS_AT_MOST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of the transcript; `at` is local to the subscriber."""

    at: datetime
    speaker: str
    """`bot` or `person`."""
    kind: str
    text: str
    buttons: tuple[str, ...] = ()
    picture: str = ""
    """What the message's picture shows, in words."""

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        values["from"] = values.pop("speaker")
        values["at"] = self.at.isoformat()
        return values


@dataclass(frozen=True, slots=True)
class Says:
    """What the person does after a message of the bot: types or taps, after a while."""

    text: str = ""
    button: Button | None = None
    after: timedelta = THINKS_FOR


Persona = Callable[[Outgoing, int], Says | None]
"""What a person does with a message: (the message, how many they reacted to so far)."""

_PROSE = (
    "Ik merkte dat ik rustiger werd toen ik even stil bleef staan.",
    "Het is nog nieuw voor me, maar ik probeer het.",
    "Een wandeling met een vriendin deed me goed.",
)
_TERMINAL = ("closed", "programs", "now:", "next", "offer:", "menu", "kw:", "resume")


def faithful(message: Outgoing, count: int) -> Says | None:
    """Answers everything at once: the first button, a number in the middle that slowly falls, or a sentence."""
    if not message.buttons:
        return Says(text=_PROSE[count % len(_PROSE)]) if _asks_for_words(message) else None
    if all(button.label.isdecimal() for button in message.buttons):
        high = len(message.buttons) - 1
        return Says(button=message.buttons[max(0, round(high * 0.7) - count // 4)])
    first = message.buttons[0]
    return None if first.action.startswith(_TERMINAL) else Says(button=first)


def _asks_for_words(message: Outgoing) -> bool:
    return message.kind.value == "checkin"


def silent(_message: Outgoing, _count: int) -> Says | None:
    """Sends the keyword and is never heard of again."""
    return None


def late(message: Outgoing, count: int) -> Says | None:
    """Answers as the faithful one does, but more than a day later."""
    says = faithful(message, count)
    if says is None or message.kind.value in ("consent", "reply"):
        return says
    return Says(text=says.text, button=says.button, after=LATE_BY)


PERSONAS: Mapping[str, Persona] = {"faithful": faithful, "silent": silent, "late": late}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """A line of an answers file: on day N (0 is the first) at a local time, the person says or taps something."""

    day: int
    at: time
    text: str


def scripted(entries: Sequence[Mapping[str, Any]]) -> tuple[Scripted, ...]:
    """From the entries of an answers file. Raises ValueError with the entry's number and what to do."""
    lines: list[Scripted] = []
    for number, entry in enumerate(entries, start=1):
        try:
            at = entry["at"]
            clock = at if isinstance(at, time) else _clock(at)
            lines.append(Scripted(day=int(entry["day"]), at=clock, text=str(entry["text"])))
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(
                f'regel {number}: schrijf bijvoorbeeld {{day: 1, at: "19:30", text: "gedaan"}} ({error})'
            ) from error
    return tuple(sorted(lines, key=lambda line: (line.day, line.at)))


def _clock(value: Any) -> time:
    """YAML reads 19:30 without quotes as a number of minutes (sexagesimal)."""
    return time(value // 60, value % 60) if isinstance(value, int) else time.fromisoformat(str(value))


class Simulation:
    """One subscriber of one practice, from the first word on."""

    def __init__(self, practice: Practice, start: datetime, channel: Channel = Channel.TELEGRAM) -> None:
        self.practice = practice
        self.address = Address(channel, f"{practice.slug}:{channel.value}", "simulated")
        self.subscriber = Subscriber(
            id=1, practice=practice.slug, address=self.address, created_at=start, zone=practice.zone
        )
        self.next_at: datetime | None = None
        self.lines: list[Line] = []
        self.count = 0
        self.heard = 0
        self._newest: tuple[Button, ...] = ()

    def hears(self, now: datetime, *, text: str = "", button: Button | None = None) -> Sequence[Outgoing]:
        """The person types `text` or taps `button`; returns what the bot says to it."""
        self.count += 1
        shown = button.label if button is not None else text
        kind = InboundKind.BUTTON if button is not None else InboundKind.TEXT
        self._note(now, "person", kind.value, shown)
        inbound = Inbound(
            address=self.address,
            external_id=str(self.count),
            kind=kind,
            text=shown,
            action=button.action if button is not None else "",
        )
        return self._record(respond(inbound, self.subscriber, self.practice, now), now)

    def says_or_taps(self, now: datetime, text: str) -> Sequence[Outgoing]:
        """A scripted text that equals a button of the newest keyboard is a tap on it."""
        button = next((b for b in self._newest if b.label.casefold() == text.strip().casefold()), None)
        return self.hears(now, button=button) if button is not None else self.hears(now, text=text)

    def plans(self, now: datetime) -> Sequence[Outgoing]:
        return self._record(plan(self.subscriber, self.practice, now), now)

    def _record(self, decision: Decision, now: datetime) -> Sequence[Outgoing]:
        self.subscriber, self.next_at = decision.subscriber, decision.next_at
        for message in decision.messages:
            labels = tuple(button.label for button in message.buttons)
            alt = message.picture.alt if message.picture is not None else ""
            self._note(now, "bot", message.kind.value, message.text, labels, alt)
            if message.buttons:
                self._newest = message.buttons
        return decision.messages

    def _note(
        self, now: datetime, speaker: str, kind: str, text: str, buttons: tuple[str, ...] = (), picture: str = ""
    ) -> None:
        at = local(now, self.subscriber.zone)
        self.lines.append(Line(at=at, speaker=speaker, kind=kind, text=text, buttons=buttons, picture=picture))


def simulate(
    practice: Practice,
    keyword: str,
    start: date,
    days: int,
    persona: Persona = silent,
    script: Sequence[Scripted] = (),
) -> list[Line]:
    """The dated transcript of `days` local days from `start` 10:00, in the practice's own time zone."""
    begin = at_local(start, STARTS_AT, practice.zone)
    end = at_local(start + timedelta(days=days), STARTS_AT, practice.zone)
    run = Simulation(practice, begin)
    coming = list(_moments(script, start, practice.zone))
    waiting: list[tuple[datetime, Says]] = _reactions(run, run.hears(begin, text=keyword), begin, persona)
    for _ in range(VISITS_AT_MOST):
        moments = [moment for moment in (run.next_at, coming[0][0] if coming else None) if moment is not None]
        moments += [at for at, _ in waiting[:1]]
        now = min(moments, default=None)
        if now is None or now > end:
            break
        if waiting and waiting[0][0] == now:
            _, says = waiting.pop(0)
            said = run.hears(now, text=says.text, button=says.button)
        elif coming and coming[0][0] == now:
            said = run.says_or_taps(now, coming.pop(0)[1])
        else:
            said = run.plans(now)
        waiting = sorted([*waiting, *_reactions(run, said, now, persona)], key=lambda item: item[0])
    return run.lines


def _moments(script: Sequence[Scripted], start: date, zone: str) -> Iterator[tuple[datetime, str]]:
    for line in script:
        yield at_local(start + timedelta(days=line.day), line.at, zone).astimezone(UTC), line.text


def _reactions(
    run: Simulation, said: Sequence[Outgoing], now: datetime, persona: Persona
) -> list[tuple[datetime, Says]]:
    """The person reacts to the newest message that asks for something."""
    for message in reversed(said):
        says = persona(message, run.heard)
        if says is not None:
            run.heard += 1
            return [(now + says.after, says)]
    return []
