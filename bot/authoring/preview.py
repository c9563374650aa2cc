"""`nabij preview`: a whole program on one page, with every answer and what follows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.core.content.model import Branch, Practice, Program, Question, QuestionKind, Step, StepKind
from bot.core.markup import to_plain_text
from bot.transcript import page

_KINDS: Final = {
    StepKind.LESSON: "les",
    StepKind.EXERCISE: "oefening",
    StepKind.CHECKIN: "vraag",
    StepKind.NUDGE: "herinnering",
    StepKind.OFFER: "aanbod, alleen voor wie om nieuws en aanbod vroeg",
    StepKind.GOODBYE: "afscheid",
}
_BUTTONS: Final = {StepKind.LESSON: ("Gelezen",), StepKind.EXERCISE: ("Gedaan",), StepKind.GOODBYE: ("Klaar",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBranch:
    condition: str
    said: str
    reply: str
    note: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    when: str
    what: str
    condition: str
    """For whom it is, when not for everybody."""
    draft: bool
    text: str
    buttons: tuple[str, ...]
    branches: tuple[ShownBranch, ...]


def shown(practice: Practice, program: Program) -> list[ShownStep]:
    every = (*program.steps, program.goodbye) if program.goodbye is not None else program.steps
    return [
        ShownStep(
            when=f"Dag {_day(program, step)}" if step.kind is not StepKind.OFFER else "Aan het eind",
            what=_KINDS[step.kind],
            condition=_condition(step),
            draft=step.draft or program.draft,
            text=step.text,
            buttons=_buttons(practice, step),
            branches=tuple(_branches(practice, program, step.question)) if step.question is not None else (),
        )
        for step in every
    ]


def as_page(practice: Practice, program: Program) -> str:
    """One HTML page without anything outside it; every branch can be folded."""
    subtitle = f"{practice.name}. {program.about}. {_days(program)} dagen, één stap per dag."
    if program.draft:
        subtitle += " Dit is een concept: er wordt niets van verstuurd."
    return page("preview.html", title=program.title, subtitle=subtitle, steps=shown(practice, program))


def as_text(practice: Practice, program: Program) -> Iterator[str]:
    yield f"{program.title} ({practice.name}, {_days(program)} dagen)"
    for step in shown(practice, program):
        yield ""
        yield f"== {step.when}: {step.what}{' (concept)' if step.draft else ''}"
        if step.condition:
            yield step.condition
        yield to_plain_text(step.text)
        if step.buttons:
            yield "  ".join(f"[{label}]" for label in step.buttons)
        for branch in step.branches:
            yield f"  > {branch.condition}"
            for line in (*to_plain_text(branch.reply).split("\n"), branch.note):
                if line:
                    yield f"    {line}"


def _days(program: Program) -> int:
    """A draft counts as what it will be."""
    return program.days or sum(1 for step in program.steps if not step.only and step.kind is not StepKind.OFFER)


def _day(program: Program, step: Step) -> int:
    """On which day those who get the step have it, when they get one every day and took no jump."""
    tags = {step.only} if step.only else set()
    before = program.steps[: program.steps.index(step)] if step in program.steps else program.steps
    return 1 + sum(
        1
        for one in before
        if one.kind is not StepKind.OFFER
        and (not one.only or one.only in tags)
        and (not one.unless or one.unless not in tags)
    )


def _condition(step: Step) -> str:
    parts = []
    if step.only:
        parts.append(f"Alleen wie de tag '{step.only}' heeft")
    if step.unless:
        parts.append(f"Iedereen behalve wie de tag '{step.unless}' heeft")
    return ", en: ".join(parts)


def _buttons(practice: Practice, step: Step) -> tuple[str, ...]:
    question = step.question
    if question is None:
        return (f"Wat kan {practice.short_name} voor je doen?",) if step.kind is StepKind.OFFER else _BUTTONS[step.kind]
    if question.kind is QuestionKind.SCALE:
        return tuple(str(number) for number in range(question.low, question.high + 1))
    return tuple(choice.label for choice in question.choices)


def _branches(practice: Practice, program: Program, question: Question) -> Iterator[ShownBranch]:
    labels = {choice.id: choice.label for choice in question.choices}
    taken = {branch.choice for branch in question.branches}
    for branch in question.branches:
        rest = [label for name, label in labels.items() if name not in taken]
        said = _said(branch, labels, rest)
        other = practice.programs.get(branch.program)
        yield ShownBranch(
            condition=f"Bij antwoord: {said}",
            said=said,
            reply=branch.reply,
            note=_note(program, branch),
            button=other.title if other is not None else "",
        )


def _said(branch: Branch, labels: dict[str, str], rest: list[str]) -> str:
    if branch.low is not None:
        return str(branch.low) if branch.low == branch.high else f"{branch.low} tot en met {branch.high}"
    if branch.choice:
        return labels.get(branch.choice, branch.choice)
    return " of ".join(rest) if rest else "een eigen antwoord" if not labels else "iets anders"


def _note(program: Program, branch: Branch) -> str:
    parts = []
    if branch.tag:
        parts.append(f"Onthoudt de tag '{branch.tag}', als antwoorden bewaard mogen worden.")
    if branch.goto:
        landing = program.step(branch.goto)
        day = f" (dag {_day(program, landing)})" if landing is not None else ""
        parts.append(f"Gaat daarna verder bij '{branch.goto}'{day}.")
    return " ".join(parts)
