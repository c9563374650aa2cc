"""What holds for a program as a whole: every step can be reached, and no offer comes before day 5."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.core.content.model import Practice, Program, Step
from bot.core.content.question_rules import check_question
from bot.core.content.reach import reachable
from bot.core.content.report import Report
from bot.core.content.step_rules import check_step
from bot.core.content.text_rules import too_alike

FIRST_OFFER_DAY: Final = 5
LONGEST_TITLE: Final = 60
STEP_AND_REMINDER: Final = 2


def check_program(
    program: Program, practice: Practice, tags_elsewhere: frozenset[str], unread: frozenset[str], report: Report
) -> None:
    """`tags_elsewhere`: what other programs of the practice may have learnt about a person. `unread`: files that
    could not be read as meant, so that nothing can be said about what they lead to."""
    if not (program.steps if program.draft else program.days):
        report.error(
            program.file, 1, "Dit programma heeft geen stappen.", "Maak een eerste stap, bijvoorbeeld 01-welkom.md."
        )
    if len(program.title) > LONGEST_TITLE:
        report.error(
            program.file,
            "title",
            f"De titel heeft {len(program.title)} tekens.",
            f"Maak er hooguit {LONGEST_TITLE} van.",
        )
    if program.goodbye is None:
        report.error(
            program.file, 1, "Dit programma neemt geen afscheid.", "Maak een laatste stap met 'kind: goodbye'."
        )
    if program.draft:
        report.warning(
            program.file,
            "draft",
            "Dit programma is een concept en wordt niet verstuurd.",
            "Lees het na en haal 'draft: true' weg.",
        )
    for step in program.steps:
        check_step(step, report)
        check_question(step, program, practice, report)
    if program.goodbye is not None:
        check_step(program.goodbye, report)
    _check_offer_day(program, report)
    if not any(step.file in unread for step in program.steps):
        _check_reach(program, tags_elsewhere, report)


def check_titles(practice: Practice, report: Report) -> None:
    """The titles of a practice's programs stand on buttons under each other."""
    known: list[Program] = []
    for program in practice.programs.values():
        twin = next((other for other in known if too_alike(other.title, program.title)), None)
        if twin is not None and program.title:
            report.warning(
                program.file,
                "title",
                f"De titel lijkt te veel op '{twin.title}' van {twin.file}.",
                "Laat de titels met een ander woord beginnen: op een knop is het einde niet te zien.",
            )
        known.append(program)


def check_daily_cap(practice: Practice, report: Report) -> None:
    """A day with a check-in may bring two messages that nobody asked for: the step, and the reminder in the evening."""
    asks = any(step.question is not None for program in practice.programs.values() for step in program.steps)
    if asks and practice.daily_cap < STEP_AND_REMINDER:
        report.warning(
            practice.file,
            "daily_cap",
            f"Een dag met een vraag kan {STEP_AND_REMINDER} berichten geven, de stap en een herinnering; 'daily_cap' "
            f"is {practice.daily_cap}, dus de herinnering vervalt.",
            f"Maak er 'daily_cap: {STEP_AND_REMINDER}' van, als je de herinnering wilt.",
        )


def tags_set_by(programs: Iterable[Program]) -> frozenset[str]:
    return frozenset(tag for program in programs for step in program.steps for tag in _tags(step))


def _tags(step: Step) -> list[str]:
    return [branch.tag for branch in step.question.branches if branch.tag] if step.question else []


def _check_offer_day(program: Program, report: Report) -> None:
    if program.offer is None:
        return
    day = _fewest_days(program) + 1
    if day < FIRST_OFFER_DAY:
        report.error(
            program.offer.file,
            "kind",
            f"Dit aanbod kan al op dag {day} komen; het mag pas vanaf dag {FIRST_OFFER_DAY}.",
            "Zet er meer stappen voor, of haal het aanbod weg.",
        )


def _fewest_days(program: Program) -> int:
    """Of the shortest way to the end. A step with a condition may not come, so it counts for nothing; nor does a
    draft, unless the whole program waits for its author."""
    places = {step.id: place for place, step in enumerate(program.steps)}
    fewest = [0] * (len(program.steps) + 1)
    for place, step in reversed(list(enumerate(program.steps))):
        jumps = [places.get(branch.goto, place) for branch in step.question.branches] if step.question else []
        after = min(fewest[landing] for landing in [place + 1, *jumps] if landing > place)
        uncertain = step.only or step.unless or (step.draft and not program.draft)
        fewest[place] = after + (0 if uncertain or step is program.offer else 1)
    return fewest[0]


def _check_reach(program: Program, tags_elsewhere: frozenset[str], report: Report) -> None:
    tags = set(tags_elsewhere)
    reached = reachable(program, tags_elsewhere)
    for index, step in enumerate(program.steps):
        if step.only and step.only not in tags:
            report.error(
                step.file,
                "only",
                f"Niemand krijgt deze stap: geen eerder antwoord geeft 'tag: {step.only}'.",
                "Geef een antwoord van een eerdere check-in deze tag, of haal 'only' weg.",
            )
        elif step.id not in reached and not step.draft:
            report.error(
                step.file,
                1,
                "Niemand krijgt deze stap: geen enkele weg door het programma komt hier.",
                "Kijk welke antwoorden de tag van 'only' geven, en waar 'goto' heen springt.",
            )
        jumped = _jumped_over_by_all(program, index)
        if jumped is not None:
            report.error(
                step.file,
                1,
                f"Niemand krijgt deze stap: elk antwoord op '{jumped.id}' springt eroverheen.",
                "Laat één antwoord zonder 'goto', of laat het hierheen springen.",
            )
        tags.update(_tags(step))


def _jumped_over_by_all(program: Program, index: int) -> Step | None:
    """An earlier check-in that everybody gets and whose every answer jumps past the step at `index`."""
    places = {step.id: place for place, step in enumerate(program.steps)}
    for step in program.steps[:index]:
        if step.question is None or not step.question.branches or step.only or step.unless or step.draft:
            continue
        landings = [places.get(branch.goto, -1) for branch in step.question.branches]
        if all(landing > index for landing in landings):
            return step
    return None
