"""Content as frozen values: a Library of practices, each with keywords, programs and phrases.

Texts are Markdown as the author wrote it. Nothing here is read from disk; `parse` makes these values from files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.messages import Kind
from bot.core.retention import Retention

READING_FLOOR = 65
"""Flesch-Douma (textstat, `nl`), higher is easier. Measured: the texts that come with Nabij lie between 71 and 110,
half of them above 97; the articles that they were written after between 50 and 67."""


class StepKind(StrEnum):
    LESSON = "lesson"
    EXERCISE = "exercise"
    CHECKIN = "checkin"
    NUDGE = "nudge"
    OFFER = "offer"
    GOODBYE = "goodbye"

    @property
    def message_kind(self) -> Kind:
        return _MESSAGE_KINDS[self]


_MESSAGE_KINDS = {kind: Kind(kind.value) for kind in StepKind}


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
    text: str = ""
    """The question in words, for one of the bank; a check-in may word it anew."""
    meaning: str = ""
    """What an answer means, in a plain sentence for the practice."""
    recurs: bool = False
    """Asked more than once, so that a person sees movement."""
    file: str = ""
    """Where it stands in the bank; empty for a question that a check-in writes out."""


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

    def __hash__(self) -> int:
        # Equal steps have equal ids, and the hash of all that they hold would take longer than what is looked up by it.
        return hash(self.id)


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

    @property
    def tags(self) -> frozenset[str]:
        """What its answers may note about a person."""
        questions = [step.question for step in self.steps if step.question is not None]
        return frozenset(branch.tag for question in questions for branch in question.branches if branch.tag)

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
class CampaignText:
    """A message to everybody who agreed to news, written by the practice; it says how to stop."""

    id: str
    text: str
    on: str = ""
    """ISO local date on which it is meant to go; empty when the practice picks a day later."""
    draft: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An article that content was written after, by its headings only."""

    article: str
    """Its file name without .txt, as `source:` of a program names it."""
    title: str
    sections: tuple[str, ...]
    """The first words of each heading, in order."""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRule:
    """Words that no text may have: a list of content/words.yaml."""

    name: str
    """What is wrong with them, as it stands in a finding: "geeft schuld"."""
    strict: bool
    """True when a text with such a word may not be sent; False when it is worth a second look."""
    words: Mapping[str, str]
    """A word or phrase -> what to write instead. A star at the end of a word stands for any ending."""
    allowed: tuple[str, ...] = ()
    """Phrases in which one of the words is harmless."""


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
    own_phrases: frozenset[str] = frozenset()
    """Names of the phrases that the practice words itself."""
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
    questions: Mapping[str, Question] = field(default_factory=dict)
    """The bank by id: the common questions, with the practice's own ones over them."""
    campaigns: Mapping[str, CampaignText] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)
    """Sections of the article that no step carries, with the reason."""
    reading_floor: int = READING_FLOOR
    """The lowest Flesch-Douma reading ease that a longer text may have; `nabij check` tells what lies under it."""
    retention: Retention = field(default_factory=Retention)
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
    questions: Mapping[str, Question] = field(default_factory=dict)
    """The common bank by id."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """The articles by name."""
    words: tuple[WordRule, ...] = ()
