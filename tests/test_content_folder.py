"""The content folder on disk: the real one is clean, a bad one is told, and a bad edit changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.content_folder import ContentErrors, ContentFolder, check_folder, load_folder
from bot.core.content.model import QuestionKind, StepKind

CONTENT = Path(__file__).parents[1] / "content"
WORD = "practices/mariposha/keywords/hechting/keyword.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of one real practice that a test may damage."""
    copy = tmp_path / "content"
    for file in CONTENT.rglob("*"):
        if file.name == "phrases.yaml" or (file.is_file() and "mariposha" in file.parts):
            target = copy / file.relative_to(CONTENT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return copy


def edit(file: Path, old: str, new: str) -> None:
    """An edit that shows in the time of the file, as if a second had passed."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    before = file.stat()
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000_000))


def test_the_real_content_has_no_finding_at_all() -> None:
    library, findings = check_folder(CONTENT)
    assert [str(finding) for finding in findings] == []
    assert library is not None


def test_mariposha_has_its_word_and_two_weeks_of_steps(folder: Path) -> None:
    mariposha = load_folder(folder).practices["mariposha"]
    assert set(mariposha.names()) >= {"bindingsangst", "verlatingsangst", "hechtingsstijl"}
    program = mariposha.programs["hechtingspatroon"]
    assert program.days == 14
    assert program.steps[-1] is program.offer
    assert program.goodbye is not None
    kinds = [step.question.kind for step in program.steps if step.question]
    assert set(kinds) >= {QuestionKind.SCALE, QuestionKind.CHOICE, QuestionKind.YES_NO, QuestionKind.TEXT}
    assert kinds.count(QuestionKind.SCALE) == 4
    assert sum(step.kind is StepKind.EXERCISE for step in program.steps) >= 3


@pytest.mark.parametrize("tags", [frozenset[str](), frozenset({"naar-voren"}), frozenset({"naar-achteren"})])
def test_every_answer_halfway_leads_to_a_program_of_fourteen_days(folder: Path, tags: frozenset[str]) -> None:
    program = load_folder(folder).practices["mariposha"].programs["hechtingspatroon"]
    mine = [
        step
        for step in program.steps
        if step.kind is not StepKind.OFFER and (not step.only or step.only in tags) and step.unless not in tags
    ]
    assert len(mine) == 14


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match="bestaat niet"):
        load_folder(tmp_path / "weg")


def test_an_error_names_file_and_line(folder: Path) -> None:
    edit(folder / WORD, "followup: ask", "followup: soms")
    with pytest.raises(ContentErrors, match=rf"{WORD}:\d+: fout: 'followup: soms' bestaat niet") as caught:
        load_folder(folder)
    assert len(caught.value.findings) == 1


def test_a_file_in_another_encoding_is_told_once_with_its_line(folder: Path) -> None:
    file = folder / "practices/mariposha/keywords/hechting/nudge-2.md"
    file.write_bytes("Nog even.\n\nHoe gaat het, Zoë?\n".encode("latin-1"))
    _, findings = check_folder(folder)
    assert [(one.file.rsplit("/", 1)[-1], one.line) for one in findings] == [("nudge-2.md", 3)]
    assert "UTF-8" in findings[0].remedy


def test_a_huge_file_is_refused_unread(folder: Path) -> None:
    (folder / "phrases.yaml").write_text("welcome: " + "a" * 300_000, encoding="utf-8")
    _, findings = check_folder(folder)
    assert "veel te groot" in findings[0].problem


def test_readme_and_hidden_files_are_not_content(folder: Path) -> None:
    version = load_folder(folder).version
    (folder / "README.md").write_text("Uitleg", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.md").write_text("x", encoding="utf-8")
    (folder / "practices" / "mariposha" / ".#practice.yaml").write_text("{", encoding="utf-8")
    assert load_folder(folder).version == version


def test_an_edit_is_taken_over_as_a_new_version(folder: Path) -> None:
    content = ContentFolder(folder)
    before = content.library
    assert content.refresh() == []
    assert content.library is before
    edit(folder / WORD, "Fijn dat je dit vraagt.", "Mooi dat je dit vraagt.")
    assert content.refresh() == []
    assert content.library.version != before.version
    assert content.library.practices["mariposha"].keywords["HECHTING"].explanation.startswith("Mooi")


def test_a_bad_edit_changes_nothing_and_is_told_once(folder: Path) -> None:
    content = ContentFolder(folder)
    before = content.library
    edit(folder / WORD, "followup: ask", "followup: soms")
    assert [one.file for one in content.refresh()] == [WORD]
    assert content.library is before
    assert content.refresh() == []
    edit(folder / WORD, "followup: soms", "followup: series")
    assert content.refresh() == []
    assert content.library.practices["mariposha"].keywords["HECHTING"].series


def test_a_folder_that_vanishes_leaves_the_last_good_version(folder: Path) -> None:
    content = ContentFolder(folder)
    before = content.library
    folder.rename(folder.with_name("elders"))
    assert content.refresh()
    assert content.library is before


def test_a_folder_that_is_wrong_at_the_start_is_refused(folder: Path) -> None:
    (folder / WORD).unlink()
    with pytest.raises(ContentErrors):
        ContentFolder(folder)
