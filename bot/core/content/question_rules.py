"""What holds for a check-in's question: every answer gets an answer, and no jump ends nowhere."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.core.content.model import Branch, Practice, Program, Question, QuestionKind, Step, StepKind
from bot.core.content.report import Report
from bot.core.content.text_rules import BUTTON_LABEL, check_length, too_alike
from bot.core.text import normalise

_NUMERIC: Final = (QuestionKind.SCALE, QuestionKind.NUMBER)


def check_question(step: Step, program: Program, practice: Practice, report: Report) -> None:
    question = step.question
    if question is None or question == practice.questions.get(question.id):
        # All of it stands in the bank, and is told there.
        return
    if not question.file:
        _check_labels(step.file, "question.choices", question, report)
    _check_answers(step.file, question, report)
    for index, branch in enumerate(question.branches):
        _check_goto(step, f"answers[{index}]", branch, program, report)
        _check_program(step.file, f"answers[{index}]", branch, practice, report)


def check_bank(practice: Practice, report: Report) -> None:
    """The questions of the bank, by themselves and as this practice uses them."""
    asked = {step.question.id for program in practice.programs.values() for step in program.steps if step.question}
    for question in practice.questions.values():
        check_length(question.file, "text", question.text, report)
        _check_labels(question.file, "choices", question, report)
        _check_answers(question.file, question, report)
        for index, branch in enumerate(question.branches):
            place = f"answers[{index}]"
            if branch.goto:
                report.error(
                    question.file,
                    f"{place}.goto",
                    "Een vraag uit de map questions kent geen stappen.",
                    "Zet 'answers:' met 'goto:' in de stap die deze vraag stelt.",
                )
            _check_program(question.file, place, branch, practice, report)
        # A question that recurs may wait for the next program.
        unasked = question.id not in asked and not question.recurs
        if unasked and question.file.startswith(practice.file.removesuffix("practice.yaml")):
            report.warning(
                question.file,
                1,
                f"Geen enkele stap stelt de vraag '{question.id}'.",
                f"Zet 'question: {question.id}' in een check-in, of haal het bestand weg.",
            )


def _check_answers(file: str, question: Question, report: Report) -> None:
    for index, branch in enumerate(question.branches):
        place = f"answers[{index}]"
        check_length(file, f"{place}.reply", branch.reply, report)
        _check_condition(file, place, branch, question, report)
        _check_order(file, place, branch, question.branches[:index], report)
    _check_covered(file, question, report)


def check_recurring_questions(practice: Practice, report: Report) -> None:
    """The same id means the same question, so that answers can be compared; it may recur."""
    known: dict[str, tuple[str, Question]] = {}
    for program in practice.programs.values():
        for step in program.steps:
            if step.question is None or not step.question.id:
                continue
            file, first = known.setdefault(step.question.id, (step.file, step.question))
            if _shape(first) != _shape(step.question):
                report.error(
                    step.file,
                    "question.id",
                    f"De vraag '{first.id}' staat ook in {file}, met een andere soort of andere keuzes.",
                    "Maak ze gelijk, of geef deze vraag een eigen id.",
                )


def _shape(question: Question) -> tuple[QuestionKind, int, int, frozenset[str]]:
    return question.kind, question.low, question.high, frozenset(choice.id for choice in question.choices)


def _check_labels(file: str, home: str, question: Question, report: Report) -> None:
    seen: list[str] = []
    for index, choice in enumerate(question.choices):
        place = f"{home}[{index}]"
        button = choice.short or choice.label
        if len(button) > BUTTON_LABEL:
            report.error(
                file,
                f"{place}.short" if choice.short else f"{place}.label",
                f"Deze knop heeft {len(button)} tekens; bij WhatsApp passen er {BUTTON_LABEL}.",
                f"Maak hem korter, of geef er 'short:' bij met hooguit {BUTTON_LABEL} tekens.",
            )
        twin = next((other for other in seen if too_alike(other, button)), None)
        if twin is not None and normalise(twin) == normalise(button):
            report.error(file, f"{place}.label", f"Twee knoppen heten '{button}'.", "Geef elke keuze een eigen tekst.")
        elif twin is not None:
            report.warning(
                file,
                f"{place}.label",
                f"De knop '{button}' lijkt te veel op '{twin}'.",
                "Neem een ander woord: wie snel leest, tikt de verkeerde.",
            )
        seen.append(button)


def _check_condition(file: str, place: str, branch: Branch, question: Question, report: Report) -> None:
    if branch.low is not None and branch.high is not None:
        if not question.low <= branch.low <= branch.high <= question.high:
            report.error(
                file,
                f"{place}.if",
                f"'{branch.low}-{branch.high}' past niet in {question.low} tot en met {question.high}.",
                "Noem eerst het laagste getal, en blijf binnen de vraag.",
            )
    elif branch.choice and branch.choice not in _ids(question):
        report.error(
            file,
            f"{place}.if",
            f"De keuze '{branch.choice}' bestaat niet bij deze vraag.",
            f"Kies uit: {', '.join(_ids(question))}, else.",
        )


def _check_order(file: str, place: str, branch: Branch, before: Collection[Branch], report: Report) -> None:
    if any(other.is_rest for other in before):
        report.error(
            file, f"{place}.if", "Dit antwoord staat na 'else' en wordt nooit bereikt.", "Zet 'else' als laatste."
        )
    elif any(_overlap(branch, other) for other in before):
        report.error(
            file,
            f"{place}.if",
            "Dit antwoord is hierboven al geregeld.",
            "Laat reeksen aansluiten, bijvoorbeeld 0-3, 4-6, 7-10.",
        )


def _overlap(one: Branch, other: Branch) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return bool(one.choice) and one.choice == other.choice
    return one.low <= other.high and other.low <= one.high


def _check_goto(step: Step, place: str, branch: Branch, program: Program, report: Report) -> None:
    ids = [other.id for other in program.steps if other.kind is not StepKind.OFFER]
    if branch.goto and branch.goto not in ids:
        report.error(
            step.file,
            f"{place}.goto",
            f"De stap '{branch.goto}' bestaat niet in dit programma.",
            f"Kies uit: {', '.join(ids)}.",
        )
    elif branch.goto and ids.index(branch.goto) <= ids.index(step.id):
        report.error(
            step.file,
            f"{place}.goto",
            f"De stap '{branch.goto}' komt niet na deze vraag.",
            "Spring alleen vooruit, anders draait iemand in een kring.",
        )


def _check_program(file: str, place: str, branch: Branch, practice: Practice, report: Report) -> None:
    if branch.program and branch.program not in practice.programs:
        report.error(
            file,
            f"{place}.program",
            f"Het programma '{branch.program}' bestaat niet bij {practice.short_name or 'deze praktijk'}.",
            f"Kies uit: {', '.join(practice.programs)}.",
        )


def _check_covered(file: str, question: Question, report: Report) -> None:
    missing = _uncovered(question)
    if missing:
        report.error(
            file,
            "answers" if question.branches else "question",
            f"Op dit antwoord volgt niets: {missing}.",
            "Voeg het toe, of zet als laatste '- if: else' met een 'reply:'.",
        )


def _uncovered(question: Question) -> str:
    if any(branch.is_rest for branch in question.branches):
        return ""
    if question.kind in _NUMERIC:
        at = question.low
        for low, high in sorted(
            (one.low, one.high) for one in question.branches if one.low is not None and one.high is not None
        ):
            if low > at:
                return str(at)
            at = max(at, high + 1)
        return str(at) if at <= question.high else ""
    if question.kind is QuestionKind.TEXT:
        return "elk vrij antwoord"
    return ", ".join(name for name in _ids(question) if all(branch.choice != name for branch in question.branches))


def _ids(question: Question) -> list[str]:
    return [choice.id for choice in question.choices]
