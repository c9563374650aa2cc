"""Which steps of a program a person can get, over every way of answering and of staying silent."""

from __future__ import annotations

from typing import Final

from bot.core.content.model import Program, Step

_MOST_STATES: Final = 20_000
"""A program of people has a few dozen; one that was made to hang the linter is let through."""

_State = tuple[int, frozenset[str]]


def reachable(program: Program, maybe: frozenset[str] = frozenset()) -> frozenset[str]:
    """The ids of the steps that somebody gets. `maybe`: tags that a person may bring from another program."""
    places = {step.id: place for place, step in enumerate(program.steps)}
    waiting: list[_State] = [(0, frozenset())]
    seen = set(waiting)
    reached: set[str] = set()
    while waiting:
        place, tags = waiting.pop()
        if place >= len(program.steps):
            continue
        step = program.steps[place]
        following: list[_State] = []
        if _may_come(step, tags, maybe):
            reached.add(step.id)
            following = [
                (max(places.get(branch.goto, place + 1), place + 1), tags | {branch.tag} if branch.tag else tags)
                for branch in (step.question.branches if step.question else ())
            ]
        # Who stays silent, or does not get the step, goes on with the next one.
        for state in (*following, (place + 1, tags)):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
        if len(seen) > _MOST_STATES:
            return frozenset(places)
    return frozenset(reached)


def _may_come(step: Step, tags: frozenset[str], maybe: frozenset[str]) -> bool:
    if step.draft or (step.only and step.only not in tags | maybe):
        return False
    return not step.unless or step.unless not in tags
