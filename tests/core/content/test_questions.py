# ruff: noqa: E501 (a table reads best with one case a line)
"""The question bank: common questions and a practice's own, named by check-ins that may answer in their own way."""

from __future__ import annotations

import pytest

from bot.core.content.model import Question, QuestionKind
from bot.core.content.report import Level
from tests.core.content.example import EXAMPLE, HOME, PROGRAM, changed, read

COMMON = "questions/energie.yaml"
OWN = f"{HOME}questions/eten.yaml"
STEP = f"{PROGRAM}06-jaofnee.md"
ENERGY = """kind: scale
recurs: true
text: Hoeveel energie heb je?
meaning: Hoe fit iemand zich nu voelt.
answers:
  - {if: 0-5, reply: Rustig aan.}
  - {if: 6-10, reply: Fijn.}
"""
FOOD = """kind: choice
text: Wat at je?
meaning: Wat iemand at.
choices:
  - {id: brood, label: Boterham}
  - {id: soep, label: Kop soep}
answers:
  - {if: brood, reply: Lekker., tag: brood}
  - {if: else, reply: Warm.}
"""
ASKS_ENERGY = "---\nkind: checkin\nquestion: energie\n---\n"
ASKS_FOOD = "---\nkind: checkin\nquestion: eten\n---\n"


def asked(files: dict[str, str], step: str = "jaofnee") -> tuple[str, Question]:
    library, findings = read(files)
    assert [str(finding) for finding in findings] == []
    assert library is not None
    found = library.practices["wilg"].programs["nabij"].step(step)
    assert found is not None
    assert found.question is not None
    return found.text, found.question


def test_a_check_in_asks_a_question_of_the_bank_in_its_words_and_with_its_answers() -> None:
    text, question = asked({**EXAMPLE, COMMON: ENERGY, STEP: ASKS_ENERGY})
    assert text == "Hoeveel energie heb je?"
    assert (question.id, question.kind, question.recurs) == ("energie", QuestionKind.SCALE, True)
    assert question.meaning == "Hoe fit iemand zich nu voelt."
    assert [branch.reply for branch in question.branches] == ["Rustig aan.", "Fijn."]


def test_a_check_in_may_word_the_question_anew() -> None:
    text, question = asked({**EXAMPLE, COMMON: ENERGY, STEP: f"{ASKS_ENERGY}En vandaag?\n"})
    assert text == "En vandaag?"
    assert question.text == "Hoeveel energie heb je?"


def test_a_check_in_may_answer_in_its_own_way_and_jump() -> None:
    own = "---\nkind: checkin\nquestion: energie\nanswers:\n  - {if: else, reply: Dank je., goto: woord}\n---\n"
    _, question = asked({**EXAMPLE, COMMON: ENERGY, STEP: own})
    assert [(branch.reply, branch.goto) for branch in question.branches] == [("Dank je.", "woord")]
    assert question.kind is QuestionKind.SCALE


def test_a_practice_has_its_own_question_over_the_common_one() -> None:
    mine = ENERGY.replace("Hoeveel energie heb je?", "Hoe fit ben je?")
    text, _ = asked({**EXAMPLE, COMMON: ENERGY, f"{HOME}questions/energie.yaml": mine, STEP: ASKS_ENERGY})
    assert text == "Hoe fit ben je?"


def test_a_tag_of_the_bank_counts() -> None:
    files = {**EXAMPLE, OWN: FOOD, STEP: ASKS_FOOD}
    files[f"{PROGRAM}07-woord.md"] = EXAMPLE[f"{PROGRAM}07-woord.md"].replace(
        "kind: checkin", "kind: checkin\nonly: brood"
    )
    library, findings = read(files)
    assert library is not None
    assert findings == []


def test_a_common_question_may_wait_to_be_asked_and_so_may_one_that_recurs() -> None:
    once = ENERGY.replace("recurs: true\n", "")
    assert read({**EXAMPLE, COMMON: once, f"{HOME}questions/fit.yaml": ENERGY})[1] == []


def test_an_own_question_that_nobody_asks_is_a_warning() -> None:
    library, findings = read({**EXAMPLE, OWN: FOOD})
    assert library is not None
    assert [(one.file, one.level) for one in findings] == [(OWN, Level.WARNING)]
    assert "Geen enkele stap stelt de vraag 'eten'" in findings[0].problem


@pytest.mark.parametrize(
    ("file", "text", "line", "problem", "remedy"),
    [
        (STEP, "---\nkind: checkin\nquestion: slaap\n---\nX?\n", 3, "'slaap' staat niet in de map questions", "energie, eten"),
        (STEP, "---\nkind: checkin\nquestion: Slaap!\n---\nX?\n", 3, "'question: Slaap!' kan niet", "kleine letters"),
        (STEP, "---\nkind: lesson\nquestion: eten\n---\nX?\n", 3, "'question' hoort alleen bij een check-in", "checkin"),
        (OWN, FOOD.replace("kind: choice", "kind: chioce"), 1, "'kind: chioce' bestaat niet", "scale, choice"),
        (OWN, FOOD.replace("text: Wat at je?\n", ""), 1, "'text' ontbreekt", "text:"),
        (OWN, FOOD.replace("meaning: Wat iemand at.\n", ""), 1, "'meaning' ontbreekt", "meaning:"),
        (OWN, FOOD.replace("meaning:", "means:"), 3, "'means' bestaat hier niet", "meaning"),
        (OWN, f"id: eten\n{FOOD}", 1, "'id' bestaat hier niet", "kind"),
        (OWN, FOOD.replace("  - {if: else, reply: Warm.}\n", ""), 7, "Op dit antwoord volgt niets: soep", "else"),
        (OWN, FOOD.replace("if: brood", "if: vis"), 8, "De keuze 'vis' bestaat niet", "brood, soep"),
        (OWN, FOOD.replace("label: Kop soep", "label: boterham"), 6, "Twee knoppen heten 'boterham'", "eigen tekst"),
        (OWN, FOOD.replace("tag: brood", "goto: woord"), 8, "kent geen stappen", "in de stap"),
        (OWN, FOOD.replace("tag: brood", "program: ver"), 8, "Het programma 'ver' bestaat niet", "nabij"),
        (COMMON, ENERGY.replace("6-10", "7-10"), 5, "Op dit antwoord volgt niets: 6", "else"),
        (f"{HOME}questions/Eten Nu.yaml", FOOD, 1, "De bestandsnaam 'Eten Nu' kan niet", "streepjes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_bank_is_told_where_it_stands(
    file: str, text: str, line: int, problem: str, remedy: str
) -> None:
    files = {**EXAMPLE, COMMON: ENERGY, OWN: FOOD, STEP: ASKS_FOOD, f"{PROGRAM}07-meer.md": ASKS_ENERGY, file: text}
    library, findings = read(files)
    assert library is None
    told = [(one.file, one.line) for one in findings if problem in one.problem and remedy in one.remedy]
    assert told == [(file, line)], [str(one) for one in findings]


def test_a_question_that_is_written_out_may_not_differ_from_the_bank_under_the_same_id() -> None:
    files = changed(f"{PROGRAM}02-spanning.md", "id: spanning", "id: eten")
    library, findings = read({**files, OWN: FOOD, STEP: ASKS_FOOD})
    assert library is None
    assert [one.file for one in findings] == [STEP]
    assert "met een andere soort of andere keuzes" in findings[0].problem
