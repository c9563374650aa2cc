# ruff: noqa: E501 (articles have long lines)
"""`nabij draft`: an article cut into steps that the check accepts, apart from the mark that nobody read them yet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.authoring.articles import read_article
from bot.authoring.checking import check_content
from bot.authoring.drafting import draft_program
from bot.authoring.refusal import Refused
from bot.content_folder import load_folder
from bot.core.content.model import Program, QuestionKind, StepKind
from bot.core.content.text_rules import count_words
from bot.core.flows.steps import next_step
from bot.core.subscriber import Enrollment, EnrollmentState
from tests.authoring.conftest import Nabij
from tests.authoring.test_articles import ARTICLES

pytestmark = pytest.mark.slow

ARTICLE = """Over grenzen

Wat een grens is

Een grens is de plek waar jij begint. Je merkt hem vaak het eerst in je lijf, nog voor je erover nadenkt. Je kaken worden strak. Je houdt even je adem in. Dat is geen onwil, je lichaam laat alleen weten dat er iets veel wordt, en dat mag je horen. Waar merk jij het als eerste? Veel mensen denken bij een grens aan een muur. Dat hoeft niet. Het kan ook een deur zijn, die je zelf open en dicht doet.

Signalen

Je kunt het aan kleine dingen zien:

- zuchten
- een stijve nek, ook als je niet lang achter een scherm zat
- kortaf worden tegen mensen van wie je houdt
- moe zijn

Wat je kunt doen

Neem een pauze. Zeg dat je er later op terugkomt. Dat helaas niet iedereen dat begrijpt, is zo. Loop een stukje, drink iets warms en kijk uit het raam.

Nog iets

Rust is geen beloning.

Samen verder

Plan een gratis gesprek. We kijken dan samen naar wat jij nodig hebt.
"""


def drafted(folder: Path, nabij: Nabij, text: str, name: str = "wilg-over-grenzen") -> Program:
    article = folder.parent / f"{name}.txt"
    article.write_text(text, encoding="utf-8")
    result = nabij("draft", str(article), "--practice", "wilg")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "Hoe nu verder" in result.output
    return load_folder(folder).practices["wilg"].programs[name.removeprefix("wilg-")]


def test_headings_lists_questions_and_calls_each_become_what_they_are(folder: Path, nabij: Nabij) -> None:
    program = drafted(folder, nabij, ARTICLE)
    assert program.title == "Over grenzen"
    assert [(step.kind.value, step.source) for step in program.steps] == [
        ("lesson", "Wat een grens is"),
        ("checkin", "Wat een grens is"),
        ("lesson", "Signalen"),
        ("checkin", "Signalen"),
        ("lesson", "Wat je kunt doen"),
        ("lesson", "Nog iets"),
        ("offer", "Samen verder"),
    ]
    reflection, choice = program.steps[1], program.steps[3]
    assert reflection.text.startswith("Waar merk jij het als eerste?")
    assert reflection.question is not None
    assert reflection.question.kind is QuestionKind.TEXT
    assert choice.question is not None
    assert [one.label for one in choice.question.choices] == [
        "zuchten",
        "een stijve nek, ook als je niet lang achter een scherm zat",
        "kortaf worden tegen mensen van wie je houdt",
        "moe zijn",
        "Iets anders",
    ]
    assert [one.short for one in choice.question.choices][1] == "2. een stijve nek"
    assert program.offer is not None
    assert program.offer.link == "https://wilg.example/kennismaken"
    assert program.goodbye is not None


def test_every_lesson_keeps_the_limits_and_ends_with_a_sentence(folder: Path, nabij: Nabij) -> None:
    long = "Dit is een zin van tien woorden over rust en ruimte. " * 47
    program = drafted(folder, nabij, f"Rust\n\n{long}\n\nRuimte\n\nKort.\n")
    lessons = [step.text for step in program.steps if step.kind is StepKind.LESSON]
    assert len(lessons) == 7
    assert all(40 <= count_words(text) <= 120 and text.endswith(".") for text in lessons)
    assert sum(text.count("Dit is een zin") for text in lessons) == 47


def test_the_check_accepts_a_draft_apart_from_its_mark(folder: Path, nabij: Nabij) -> None:
    program = drafted(folder, nabij, ARTICLE)
    findings = check_content(folder)
    assert {one.problem for one in findings} == {
        "Dit is een concept en wordt niet verstuurd.",
        "Dit programma is een concept en wordt niet verstuurd.",
    }
    assert len(findings) == len(program.steps) + 2


def test_a_draft_is_never_sent(folder: Path, nabij: Nabij) -> None:
    program = drafted(folder, nabij, ARTICLE)
    assert program.draft
    enrollment = Enrollment(
        program=program.id,
        state=EnrollmentState.ACTIVE,
        content_version="1",
        started_on=date(2026, 3, 2),
    )
    assert next_step(program, enrollment, frozenset(), offers=True) is None


def test_an_edited_step_is_held_to_the_words_again(folder: Path, nabij: Nabij) -> None:
    drafted(folder, nabij, ARTICLE)
    home = folder / "practices/wilg/programs/over-grenzen"
    for name in ("program.yaml", "05-wat-je-kunt-doen.md"):
        file = home / name
        file.write_text(file.read_text(encoding="utf-8").replace("draft: true\n", ""), encoding="utf-8")
    told = [one for one in check_content(folder) if one.file.endswith("05-wat-je-kunt-doen.md")]
    assert [one.problem for one in told] == ["'helaas' kan klinken als een verwijt."]


def test_a_short_article_gets_no_offer_before_day_five(folder: Path, nabij: Nabij) -> None:
    program = drafted(folder, nabij, "Rust\n\nRust is fijn.\n\nSamen verder\n\nPlan een gesprek met ons.\n")
    assert program.offer is None


def test_nothing_is_overwritten(folder: Path, nabij: Nabij) -> None:
    drafted(folder, nabij, ARTICLE)
    result = nabij("draft", str(folder.parent / "wilg-over-grenzen.txt"), "--practice", "wilg")
    assert isinstance(result.exception, Refused)
    assert "bestaat al" in str(result.exception)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "geen tekst"), (b"Caf\xe9 is open.", "UTF-8"), (None, "niet te lezen")],
)
def test_an_article_that_can_not_be_read_is_refused(
    folder: Path, nabij: Nabij, content: bytes | None, said: str
) -> None:
    article = folder.parent / "artikel.txt"
    if content is not None:
        article.write_bytes(content)
    result = nabij("draft", str(article), "--practice", "wilg")
    assert isinstance(result.exception, Refused)
    assert said in str(result.exception)


@pytest.mark.parametrize(
    "text", ["---\n# kop\n***\n", "Kop: {a}\n\n\"Ja\" [x](y) 'nee' \\ : - #\n", "Wat? " * 300, "- a\n- a\n- a\n- a\n"]
)
def test_odd_texts_make_a_program_or_are_refused(folder: Path, nabij: Nabij, text: str) -> None:
    article = folder.parent / "vreemd.txt"
    article.write_text(text, encoding="utf-8")
    result = nabij("draft", str(article), "--practice", "wilg")
    assert result.exception is None or isinstance(result.exception, Refused)
    assert load_folder(folder) is not None


def test_the_steps_of_an_article_are_in_order() -> None:
    names = sorted(draft_program(read_article(ARTICLE), "grenzen", "gesprek"))
    assert names[0].startswith("01-")
    assert names[-3:] == ["98-aanbod.md", "99-afscheid.md", "program.yaml"]


@pytest.mark.skipif(not ARTICLES.is_dir(), reason="the folder of articles is not beside this checkout")
@pytest.mark.parametrize("article", sorted(ARTICLES.glob("*.txt")), ids=lambda file: file.stem)
def test_each_real_article_becomes_a_program_that_the_check_accepts(folder: Path, nabij: Nabij, article: Path) -> None:
    result = nabij("draft", str(article), "--practice", "wilg")
    assert result.exit_code == 0, result.exception
    assert [str(one) for one in check_content(folder) if "concept" not in one.problem] == []
    program = load_folder(folder).practices["wilg"].programs[article.stem]
    carried = {step.source for step in program.steps}
    assert len(program.steps) >= 10
    assert len(carried) >= 7
    assert program.offer is not None
