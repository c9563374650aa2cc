"""Content as frozen values: a Library of practices, each with keywords, programs and phrases.

Texts are Markdown as the author wrote it. Nothing here is read from disk; `parse` makes these values from files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.messages import Kind


class StepKind(StrEnum):
    LESSON = "lesson"
    EXERCISE = "exercise"
    CHECKIN = "checkin"
    NUDGE = "nudge"
    OFFER = "offer"
    GOODBYE = "goodbye"

    @property
    def message_kind(self) -> Kind:
        return Kind(self.value)


class QuestionKind(StrEnum):
    SCALE = "scale"
    CHOICE = "choice"
    YES_NO = "yesno"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str
    short: str = ""
    """A label of at most 20 characters for channels that need one; empty when `label` is short enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What follows an answer. `low`..`high` holds for numbers, `choice` for choices and yes/no, neither: the rest."""

    low: int | None = None
    high: int | None = None
    choice: str = ""
    reply: str = ""
    goto: str = ""
    tag: str = ""
    program: str = ""

    @property
    def is_rest(self) -> bool:
        return self.low is None and not self.choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    id: str
    kind: QuestionKind
    low: int = 0
    high: int = 10
    choices: tuple[Choice, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One lesson, exercise, check-in, nudge, offer or goodbye."""

    id: str
    kind: StepKind
    text: str
    source: str = ""
    question: Question | None = None
    only: str = ""
    """Sent only to those who have this tag."""
    unless: str = ""
    """Not sent to those who have this tag."""
    exercise: str = ""
    """Which of the closed list of exercises it is (notice, breath, feet, look, sentence, need)."""
    partner: bool = False
    link: str = ""
    draft: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    id: str
    title: str
    about: str
    """One line for a list of programs."""
    steps: tuple[Step, ...]
    """In their order, one a day; an offer (also in `offer`) is the last, the goodbye stands apart."""
    offer: Step | None = None
    goodbye: Step | None = None
    source: str = ""
    draft: bool = False
    file: str = ""

    @property
    def days(self) -> int:
        """How many steps a person gets who takes no side road: without the offer, drafts and the goodbye."""
        return sum(1 for one in self.steps if not (one.only or one.draft or one.kind is StepKind.OFFER))

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    name: str
    """In capitals, as people are told to send it."""
    about: str
    """One line for a list of keywords."""
    explanation: str
    exercise: Step
    nudges: tuple[str, str, str]
    aliases: tuple[str, ...] = ()
    series: bool = False
    """`followup: series`; False is the default `ask`."""
    program: str = ""
    offer: Step | None = None
    source: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the practice itself has to offer. `link` is empty until the practice fills it in."""

    id: str
    title: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    slug: str
    name: str
    short_name: str
    """As it stands on a button: "Wat kan Mariposha voor je doen?"."""
    keywords: Mapping[str, Keyword]
    programs: Mapping[str, Program]
    phrases: Mapping[str, str]
    """Every phrase of the conversation by name, with the practice's own ones over the common ones."""
    zone: str = "Europe/Amsterdam"
    daily_cap: int = 2
    contact: str = ""
    elsewhere: frozenset[str] = frozenset()
    """Keywords and aliases of other practices: recognised, never mentioned as theirs. A word that is also one of
    `names()` stands here in that spelling."""
    days_off: frozenset[str] = frozenset()
    """ISO local dates on which the practice sends nothing unasked; the program waits."""
    approved: Mapping[str, str] = field(default_factory=dict)
    """`by` and `on` (ISO date); empty as long as nobody of the practice approved the texts."""
    offers: Mapping[str, Offer] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)
    """Sections of the article that no step carries, with the reason."""
    version: str = ""
    file: str = ""

    def names(self) -> Iterator[str]:
        """Every word that stands for one of the keywords."""
        for keyword in self.keywords.values():
            yield keyword.name
            yield from keyword.aliases

    def keyword_named(self, name: str) -> Keyword:
        """The keyword that `name`, one of `names()`, stands for."""
        for keyword in self.keywords.values():
            if name == keyword.name or name in keyword.aliases:
                return keyword
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    practices: Mapping[str, Practice]
    version: str
    """Hash of every file: names one immutable validated load."""
