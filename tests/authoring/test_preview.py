"""`nabij preview`: a whole program on one page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.authoring.preview import shown
from bot.authoring.refusal import Refused
from bot.content_folder import load_folder
from tests.authoring.conftest import CONTENT, Nabij

pytestmark = pytest.mark.slow


def test_the_page_holds_every_step_and_every_answer_and_nothing_from_outside(folder: Path, nabij: Nabij) -> None:
    page = folder.parent / "nabij.html"
    result = nabij("preview", "wilg", "nabij", "--html", str(page))
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    program = load_folder(folder).practices["wilg"].programs["nabij"]
    answers = sum(len(step.question.branches) for step in program.steps if step.question)
    conditional = sum(1 for step in program.steps if step.only or step.unless)
    assert html.count("<section>") == len(program.steps) + 1
    assert html.count("<details") == html.count("</details>") == answers + conditional
    assert re.findall(r"(?:src|href)=\"(?!https://wilg|tel:)", html) == []
    assert "<script" not in html


def test_days_are_those_of_who_gets_the_step() -> None:
    mariposha = load_folder(CONTENT).practices["mariposha"]
    steps = shown(mariposha, mariposha.programs["hechtingspatroon"])
    both = [step.when for step in steps if step.condition]
    assert both[:2] == ["Dag 8", "Dag 8"]
    assert [step.when for step in steps[-3:]] == ["Dag 14", "Aan het eind", "Dag 15"]


def test_without_a_file_it_is_read_in_the_terminal(nabij: Nabij) -> None:
    result = nabij("preview", "wilg", "nabij")
    assert "== Dag 3: vraag" in result.output
    assert "  > Bij antwoord: Naar voren" in result.output
    assert "Onthoudt de tag 'voren'" in result.output
    assert "Alleen wie de tag 'voren' heeft" in result.output


def test_a_jump_and_another_program_are_told(folder: Path, nabij: Nabij) -> None:
    file = folder / "practices/wilg/programs/nabij/02-spanning.md"
    text = file.read_text(encoding="utf-8").replace("reply: Fijn.", "reply: Fijn.\n    goto: les\n    program: nabij")
    file.write_text(text, encoding="utf-8")
    assert "Gaat daarna verder bij 'les' (dag 4)." in nabij("preview", "wilg", "nabij").output


def test_text_of_a_practice_can_not_become_markup(folder: Path, nabij: Nabij) -> None:
    file = folder / "practices/wilg/programs/nabij/03-keuze.md"
    text = file.read_text(encoding="utf-8").replace("label: Naar voren", 'label: "<b>Naar voren"')
    file.write_text(text.replace("Wat doe je", "<script>Wat doe je"), encoding="utf-8")
    page = folder.parent / "x.html"
    assert nabij("preview", "wilg", "nabij", "--html", str(page)).exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "<b>Naar" not in html


def test_an_unknown_program_or_place_is_refused(folder: Path, nabij: Nabij) -> None:
    unknown = nabij("preview", "wilg", "ver").exception
    assert isinstance(unknown, Refused)
    assert "Kies uit: nabij." in str(unknown)
    nowhere = nabij("preview", "wilg", "nabij", "--html", str(folder / "weg" / "x.html")).exception
    assert isinstance(nowhere, Refused)
    assert "kan niet geschreven worden" in str(nowhere)
