"""Questions that recur: the numbers that were given to them, and one sentence about how the newest lies beside the
one before."""

from __future__ import annotations

from bot.core.content.model import Question, QuestionKind
from bot.core.dutch import ago
from bot.core.subscriber import Measure
from bot.core.turn import Turn

KEPT = 60


def keep(turn: Turn, question: Question, value: str) -> str:
    """Keeps a number that may be kept. Returns the sentence that tells the movement; empty for a first number and for
    an answer that is none."""
    if not (question.recurs and question.kind is QuestionKind.SCALE):
        return ""
    measures = turn.subscriber.measures
    number = int(value)
    turn.change(measures=(*measures, Measure(on=turn.today, question=question.id, number=number))[-KEPT:])
    before = next((measure for measure in reversed(measures) if measure.question == question.id), None)
    if before is None:
        return ""
    when = ago(turn.today, before.on).capitalize()
    if before.number == number:
        return turn.text("movement_same", when=when, number=number)
    return turn.text("movement", when=when, before=before.number, number=number)
