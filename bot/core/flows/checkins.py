"""Check-ins: a question that was asked, its one reminder, and what an answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from bot.core.answers import parse_choice, parse_number, parse_scale, parse_yes_no
from bot.core.content.model import Branch, Program, Question, QuestionKind, Step
from bot.core.decision import Answer
from bot.core.flows import movement
from bot.core.flows.labels import program_button
from bot.core.messages import Button, Kind, Outgoing
from bot.core.schedule import LAST_REMINDER, QUIET_UNTIL, at_local, local, reminder_at
from bot.core.subscriber import OpenQuestion
from bot.core.turn import Turn

KEPT = 8
TYPED_WITHIN = timedelta(days=14)
WORDS_WITHIN = timedelta(days=2)
TEXT_LIMIT = 4000


def topic(uid: str) -> str:
    return f"question:{uid}"


def open_question(turn: Turn, program: Program, step: Step, *, unasked: bool) -> str:
    """Remembers that the question is asked now; only what the plan asked is recalled once."""
    uid = f"{program.id}.{step.id}.{turn.today.isoformat()}"
    question = OpenQuestion(
        uid=uid,
        program=program.id,
        step=step.id,
        asked_at=turn.now,
        content_version=turn.practice.version,
        remind_at=reminder_at(turn.now, turn.zone) if unasked and turn.subscriber.dose == 1 else None,
    )
    others = tuple(q for q in turn.subscriber.questions if q.uid != uid)
    # An older question is not recalled any more: the newest one is what the person sees.
    silent = tuple(replace(q, remind_at=None) for q in others)
    # The question is what the person sees now: its answer may be a word that stood on an older button.
    turn.change(questions=(*silent, question)[-KEPT:], offered=())
    return uid


def _put(turn: Turn, question: OpenQuestion) -> None:
    turn.change(questions=tuple(question if q.uid == question.uid else q for q in turn.subscriber.questions))


def reminder_due(turn: Turn, question: OpenQuestion) -> datetime | None:
    """The same local day before 21:30 or never."""
    if question.answered or question.remind_at is None:
        return None
    due = local(question.remind_at, turn.zone)
    # After a change of place the moment may lie on another day or in the night there.
    if due.date() != local(question.asked_at, turn.zone).date() or due.date() < turn.today:
        return None
    if due.hour < QUIET_UNTIL.hour or due.time() >= LAST_REMINDER:
        return None
    if turn.now > question.remind_at and reminder_too_late(turn):
        return None
    capped = turn.subscriber.unasked_on == turn.today and turn.subscriber.unasked_count >= turn.practice.daily_cap
    return None if capped else question.remind_at


def reminder_too_late(turn: Turn) -> bool:
    wall = local(turn.now, turn.zone)
    return wall.time() >= LAST_REMINDER or wall.hour < QUIET_UNTIL.hour


def remind(turn: Turn, question: OpenQuestion) -> None:
    _put(turn, replace(question, remind_at=None))
    step = _step(turn, question)
    if step is None or step.question is None:
        return
    turn.unasked(
        turn.text("reminder", question=_question_in(step.text)),
        *question_buttons(step.question, question.uid),
        kind=Kind.REMINDER,
        topic=topic(question.uid),
        expires=at_local(turn.today, LAST_REMINDER, turn.zone),
        step=f"{question.program}/{question.step}",
    )


def _question_in(text: str) -> str:
    """The text from the first paragraph that asks something: nobody has to read the whole step twice a day."""
    paragraphs = text.strip().split("\n\n")
    first = next((place for place, paragraph in enumerate(paragraphs) if "?" in paragraph), 0)
    return "\n\n".join(paragraphs[first:])


def question_buttons(question: Question, uid: str) -> tuple[Button, ...]:
    match question.kind:
        case QuestionKind.SCALE:
            return _scale_buttons(question.low, question.high, uid)
        case QuestionKind.CHOICE:
            return tuple(Button(choice.label, f"answer:{uid}:{choice.id}", choice.short) for choice in question.choices)
        case QuestionKind.YES_NO:
            return (Button("Ja", f"answer:{uid}:ja"), Button("Nee", f"answer:{uid}:nee"))
        case QuestionKind.NUMBER | QuestionKind.TEXT:
            return ()


# Everybody who is asked today has the same eleven.
@lru_cache(256)
def _scale_buttons(low: int, high: int, uid: str) -> tuple[Button, ...]:
    return tuple(Button(str(n), f"answer:{uid}:{n}") for n in range(low, high + 1))


def numbered(turn: Turn, text: str) -> str | None:
    """The action of the number that was typed, where the newest keyboard is that of the newest question's scale."""
    newest = turn.subscriber.questions[-1:]
    step = _step(turn, newest[0]) if newest else None
    if step is None or step.question is None or step.question.kind is not QuestionKind.SCALE:
        return None
    buttons = question_buttons(step.question, newest[0].uid)
    return next((button.action for button in buttons if button.label == text), None)


def typed(turn: Turn, text: str) -> bool:
    """Gives the text to the newest open question for which it parses; False when there is none."""
    newest_first = [q for q in reversed(turn.subscriber.questions) if not q.answered]
    for place, asked in enumerate(newest_first):
        step = _step(turn, asked)
        if step is None or step.question is None or turn.now - asked.asked_at > TYPED_WITHIN:
            continue
        # Any words parse as an answer to a text question: an older one gets them only while it is fresh.
        if step.question.kind is QuestionKind.TEXT and place > 0 and turn.now - asked.asked_at > WORDS_WITHIN:
            continue
        value = parse(step.question, text)
        if value is not None:
            answer(turn, asked.uid, value)
            return True
    return False


def parse(question: Question, text: str) -> str | None:
    """The answer in its stored form (`7`, a choice's id, `ja`, the text itself), or None for what is no answer."""
    match question.kind:
        case QuestionKind.SCALE:
            scale = parse_scale(text, question.low, question.high)
            return None if scale is None else str(scale)
        case QuestionKind.NUMBER:
            number = parse_number(text)
            return None if number is None else str(int(number))
        case QuestionKind.YES_NO:
            yes = parse_yes_no(text)
            return None if yes is None else ("ja" if yes else "nee")
        case QuestionKind.CHOICE:
            index = parse_choice(text, [choice.label for choice in question.choices])
            return None if index is None else question.choices[index].id
        case QuestionKind.TEXT:
            return text.strip()[:TEXT_LIMIT] or None


def branch_for(question: Question, value: str) -> Branch | None:
    """The first branch that holds for the answer; the rest when none does."""
    number = int(value) if question.kind in (QuestionKind.SCALE, QuestionKind.NUMBER) else None
    for branch in question.branches:
        if branch.low is not None and number is not None and branch.low <= number <= (branch.high or branch.low):
            return branch
        if branch.choice and branch.choice == value:
            return branch
    return next((branch for branch in question.branches if branch.is_rest), None)


def answer(turn: Turn, uid: str, value: str) -> None:
    """A tap or a typed answer. Kept only with consent; without it the reply is all, and branches stay neutral."""
    asked = next((q for q in turn.subscriber.questions if q.uid == uid), None)
    step = _step(turn, asked) if asked is not None else None
    if asked is None or step is None or step.question is None or not _fits(step.question, value):
        turn.say("question_gone")
        return
    if asked.answered:
        turn.say("already_answered")
        return
    _put(turn, replace(asked, answered=True, remind_at=None))
    turn.cancel(topic(uid))
    turn.note("answered", program=asked.program, step=asked.step)
    if step.question.kind is QuestionKind.TEXT:
        # People write in pieces: the next piece is not "not understood".
        turn.change(last_fallback_at=turn.now)
    branch = branch_for(step.question, value)
    buttons: list[Button] = []
    moved = ""
    if turn.has_consent("answers"):
        turn.answers.append(_kept(step.question, asked, value))
        moved = movement.keep(turn, step.question, value)
        if branch is not None:
            buttons = _follow(turn, asked, branch)
    reply = branch.reply.strip() if branch is not None else ""
    said = turn.text("answer_reply", reply=reply) if reply else turn.text("answer_thanks")
    turn.send(Outgoing(text=f"{said}\n\n{moved}" if moved else said, buttons=tuple(buttons)))


def _fits(question: Question, value: str) -> bool:
    """False for the button of a question that its author changed since."""
    match question.kind:
        case QuestionKind.SCALE:
            return value.isdecimal() and question.low <= int(value) <= question.high
        case QuestionKind.NUMBER:
            return value.removeprefix("-").isdecimal()
        case QuestionKind.CHOICE:
            return any(choice.id == value for choice in question.choices)
        case QuestionKind.YES_NO:
            return value in ("ja", "nee")
        case QuestionKind.TEXT:
            return True


def _follow(turn: Turn, asked: OpenQuestion, branch: Branch) -> list[Button]:
    if branch.tag:
        turn.change(tags=turn.subscriber.tags | {branch.tag})
    enrollment = turn.enrollment(asked.program)
    if branch.goto and enrollment is not None:
        turn.put_enrollment(replace(enrollment, jump=branch.goto))
    other = turn.practice.programs.get(branch.program)
    return [program_button(other)] if other is not None else []


def _kept(question: Question, asked: OpenQuestion, value: str) -> Answer:
    numeric = question.kind in (QuestionKind.SCALE, QuestionKind.NUMBER)
    free = question.kind is QuestionKind.TEXT
    return Answer(
        question=question.id,
        uid=asked.uid,
        program=asked.program,
        step=asked.step,
        content_version=asked.content_version,
        number=int(value) if numeric else None,
        choice="" if numeric or free else value,
        text=value if free else "",
    )


def _step(turn: Turn, asked: OpenQuestion) -> Step | None:
    program = turn.practice.programs.get(asked.program)
    return program.step(asked.step) if program is not None else None
