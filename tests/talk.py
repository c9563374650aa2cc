"""A small practice of our own and a person who talks to it, for tests of the conversation.

`Talk` drives the same core as the bot, with time as the test says: `at("2026-03-20 10:00")`, `says`, `taps`, `until`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bot.core.content.model import Branch, Choice, Keyword, Practice, Program, Question, QuestionKind, Step, StepKind
from bot.core.conversation import respond
from bot.core.decision import Decision
from bot.core.messages import Address, Button, Channel, Inbound, InboundKind, Outgoing
from bot.core.programs import plan
from bot.core.schedule import local
from bot.core.subscriber import Subscriber
from bot.core.turn import Reach

ZONE = "Europe/Amsterdam"


@cache
def phrases() -> Mapping[str, str]:
    file = Path(__file__).parent.parent / "content" / "phrases.yaml"
    loaded: Mapping[str, str] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return loaded


def lesson(name: str, only: str = "") -> Step:
    return Step(id=name, kind=StepKind.LESSON, text=f"Les {name}.", only=only)


TENSION = Question(
    id="spanning",
    kind=QuestionKind.SCALE,
    branches=(
        Branch(low=0, high=3, reply="Rustig dus."),
        Branch(low=4, high=7, reply="Er is wat spanning."),
        Branch(reply="Dat is veel."),
    ),
)
DIRECTION = Question(
    id="richting",
    kind=QuestionKind.CHOICE,
    choices=(Choice("voren", "Naar voren"), Choice("achteren", "Naar achteren")),
    branches=(
        Branch(choice="voren", reply="Je gaat erheen.", tag="voren"),
        Branch(choice="achteren", reply="Je wilt ruimte.", tag="achteren", goto="ruimte"),
    ),
)
FREE = Question(id="woord", kind=QuestionKind.TEXT, branches=(Branch(reply="Dank je."),))
YES_NO = Question(
    id="rust",
    kind=QuestionKind.YES_NO,
    branches=(Branch(choice="ja", reply="Fijn."), Branch(choice="nee", reply="Dat mag.", program="tweede")),
)
COUNT = Question(id="keren", kind=QuestionKind.NUMBER, low=0, high=100, branches=(Branch(reply="Genoteerd."),))

PROGRAM = Program(
    id="eerste",
    title="Eerste reeks",
    about="een reeks om mee te beginnen",
    steps=(
        lesson("een"),
        Step(id="spanning", kind=StepKind.CHECKIN, text="Hoeveel spanning, 0 tot 10?", question=TENSION),
        lesson("drie"),
        Step(id="richting", kind=StepKind.CHECKIN, text="Naar voren of naar achteren?", question=DIRECTION),
        lesson("vooruit", only="voren"),
        lesson("ruimte"),
        Step(id="oefening", kind=StepKind.EXERCISE, text="Voel je voeten.", exercise="feet"),
        Step(id="woord", kind=StepKind.CHECKIN, text="Welk woord past bij je week?", question=FREE),
        Step(id="rust", kind=StepKind.CHECKIN, text="Was er rust?", question=YES_NO),
        Step(id="keren", kind=StepKind.CHECKIN, text="Hoe vaak?", question=COUNT),
    ),
    offer=Step(id="aanbod", kind=StepKind.OFFER, text="Een traject van twaalf weken."),
    goodbye=Step(id="dag", kind=StepKind.GOODBYE, text="Dit was het. Dag!"),
)
LONG = Program(
    id="tweede", title="Tweede reeks", about="nog een reeks", steps=tuple(lesson(f"l{n}") for n in range(1, 31))
)
HECHTING = Keyword(
    name="HECHTING",
    about="wat hechting is",
    explanation="Hechting leer je vroeg.",
    exercise=Step(id="exercise", kind=StepKind.EXERCISE, text="Voel je voeten op de grond.", exercise="feet"),
    nudges=("Hoe ging het?", "Een kleinere mag ook.", "Dit is het laatste. Dag!"),
    aliases=("bindingsangst",),
    program="eerste",
    offer=Step(id="offer", kind=StepKind.OFFER, text="Een traject van twaalf weken."),
)
SERIES = replace(
    HECHTING, name="SPANNING", aliases=(), series=True, explanation="Spanning in je lijf.", about="spanning"
)


def practice(**fields: object) -> Practice:
    base = Practice(
        slug="mariposha",
        name="Mariposha, Coaching",
        short_name="Mariposha",
        keywords={"HECHTING": HECHTING, "SPANNING": SERIES},
        programs={"eerste": PROGRAM, "tweede": LONG},
        phrases=phrases(),
        elsewhere=frozenset({"bindingsangst", "TERUGTREKKEN"}),
        version="v1",
    )
    return replace(base, **fields)  # type: ignore[arg-type]


class Talk:
    """One person and the bot; time only moves when the test says so."""

    def __init__(
        self,
        at: str = "2026-03-20 10:00",
        content: Practice | None = None,
        channel: Channel = Channel.TELEGRAM,
        zone: str = ZONE,
        reach: Reach | None = None,
    ) -> None:
        self.practice = content or practice()
        self.reach = reach or Reach()
        self.zone = zone
        self.now = self._instant(at)
        self.address = Address(channel, f"mariposha:{channel}", "77")
        self.person = Subscriber(id=1, practice="mariposha", address=self.address, created_at=self.now, zone=zone)
        self.next_at: datetime | None = None
        self.said: list[Outgoing] = []
        """What the bot said to the newest thing that happened."""
        self.decisions: list[Decision] = []
        self.sent: list[tuple[datetime, Outgoing]] = []
        self._count = 0

    def _instant(self, wall: str) -> datetime:
        from bot.core.schedule import zone_of

        return datetime.fromisoformat(wall).replace(tzinfo=zone_of(self.zone)).astimezone(UTC)

    def at(self, wall: str) -> Talk:
        """Jumps to a local moment without planning anything in between."""
        self.now = self._instant(wall)
        return self

    def later(self, **delta: float) -> Talk:
        self.now += timedelta(**delta)
        return self

    def until(self, wall: str) -> list[tuple[str, Outgoing]]:
        """Lets time pass as the worker does; returns what was sent unasked, with its local moment."""
        end, before = self._instant(wall), len(self.sent)
        visits = 0
        while self.next_at is not None and self.next_at <= end:
            self.now = max(self.now, self.next_at)
            self._record(plan(self.person, self.practice, self.now))
            visits += 1
            assert visits < 2_000, "the plan does not move on"
        self.now = end
        return [(f"{local(at, self.person.zone):%Y-%m-%d %H:%M}", message) for at, message in self.sent[before:]]

    def says(self, text: str, kind: InboundKind = InboundKind.TEXT, payload: str = "") -> list[Outgoing]:
        return self._hear(kind=kind, text=text, payload=payload)

    def opens(self, payload: str = "") -> list[Outgoing]:
        return self.says("", InboundKind.START, payload)

    def taps(self, label: str) -> list[Outgoing]:
        """Taps the newest button with this label, on the newest message that has it."""
        for _, message in reversed(self.sent):
            for button in message.buttons:
                if button.label == label:
                    return self.presses(button)
        raise AssertionError(f"no button {label!r}; newest: {self.labels}")

    def presses(self, button: Button) -> list[Outgoing]:
        return self._hear(kind=InboundKind.BUTTON, text=button.label, action=button.action)

    def _hear(self, *, kind: InboundKind, text: str, payload: str = "", action: str = "") -> list[Outgoing]:
        self._count += 1
        inbound = Inbound(
            address=self.address, external_id=str(self._count), kind=kind, text=text, payload=payload, action=action
        )
        return self._record(respond(inbound, self.person, self.practice, self.now, self.reach))

    def _record(self, decision: Decision) -> list[Outgoing]:
        self.person, self.next_at = decision.subscriber, decision.next_at
        self.said = list(decision.messages)
        self.decisions.append(decision)
        self.sent += [(self.now, message) for message in decision.messages]
        return self.said

    @property
    def text(self) -> str:
        """Everything the bot just said."""
        return "\n".join(message.text for message in self.said)

    @property
    def labels(self) -> list[str]:
        return [button.label for message in self.said for button in message.buttons]

    @property
    def events(self) -> list[str]:
        return [event.kind for event in self.decisions[-1].events]

    def enrolled(self, hour: str = "08.00", program: str = "eerste") -> Talk:
        """Into a daily program by its buttons, the way a person does."""
        self._hear(kind=InboundKind.BUTTON, text="Elke dag een stap", action=f"daily:{program}")
        if "Ja, ik ben 16+ en wil dit" in self.labels:
            self.taps("Ja, ik ben 16+ en wil dit")
        if "consent" not in self.text and self.person.hour is None:
            self.says(hour)
        return self


def kinds(messages: Sequence[tuple[str, Outgoing]]) -> list[str]:
    return [message.kind.value for _, message in messages]
