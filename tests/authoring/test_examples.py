"""`nabij new`: what it writes passes the check at once, and nothing that is there is ever touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.authoring.checking import check_content
from bot.authoring.refusal import Refused, write_new
from bot.content_folder import load_folder
from bot.core.content.model import StepKind
from bot.simulation import faithful, simulate
from tests.authoring.conftest import Nabij

pytestmark = pytest.mark.slow


def texts(folder: Path) -> Mapping[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_new_practice_passes_the_check_and_runs_from_first_word_to_goodbye(folder: Path, nabij: Nabij) -> None:
    result = nabij("new", "practice", "de-eik", "--name", 'Praktijk "De Eik": coaching', "--keyword", "rouw")
    assert result.exit_code == 0, result.output
    assert "Hoe nu verder" in result.output
    assert [str(one) for one in check_content(folder)] == []
    eik = load_folder(folder).practices["de-eik"]
    assert eik.name == 'Praktijk "De Eik": coaching'
    lines = simulate(eik, "rouw", date(2026, 3, 2), 21, faithful)
    assert any("Dit was het." in line.text for line in lines)


def test_more_of_everything_still_passes(folder: Path, nabij: Nabij) -> None:
    for arguments in (
        ("practice", "de-eik"),
        ("program", "de-eik", "eigen-ruimte", "--title", "Eigen ruimte: een week"),
        ("step", "de-eik", "eigen-ruimte", "gewoonte"),
        ("step", "de-eik", "eigen-ruimte", "voeten", "--kind", "exercise"),
        ("step", "de-eik", "eigen-ruimte", "energie", "--kind", "checkin"),
        ("keyword", "de-eik", "GRENZEN", "--program", "eigen-ruimte"),
    ):
        result = nabij("new", *arguments)
        assert result.exit_code == 0, result.output
    assert [str(one) for one in check_content(folder)] == []
    program = load_folder(folder).practices["de-eik"].programs["eigen-ruimte"]
    assert [step.id for step in program.steps][-4:] == ["gewoonte", "voeten", "energie", "aanbod"]
    assert program.title == "Eigen ruimte: een week"


def test_offer_and_goodbye_can_be_made_anew(folder: Path, nabij: Nabij) -> None:
    home = folder / "practices/wilg/programs/nabij"
    (home / "08-aanbod.md").unlink()
    (home / "09-afscheid.md").unlink()
    (home / "09-slot.md").write_text("---\nkind: goodbye\n---\nDag.\n", encoding="utf-8")
    assert nabij("new", "step", "wilg", "nabij", "aanbod", "--kind", "offer").exit_code == 0
    program = load_folder(folder).practices["wilg"].programs["nabij"]
    assert program.steps[-1].kind is StepKind.OFFER
    assert Path(program.steps[-1].file).name == "08-aanbod.md"


def test_a_program_without_room_puts_a_step_beside_the_last(folder: Path, nabij: Nabij) -> None:
    assert nabij("new", "step", "wilg", "nabij", "zoemen").exit_code == 0
    assert (folder / "practices/wilg/programs/nabij/07-zoemen.md").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("practice", "wilg"), "bestaat al"),
        (("practice", "De Eik"), "'De Eik' kan niet als naam"),
        (("practice", "de-eik", "--keyword", "te veel"), "'TE VEEL' kan geen woord zijn"),
        (("program", "eik", "rust"), "De praktijk 'eik' ken ik niet. Wel: wilg."),
        (("program", "wilg", "nabij"), "bestaat al"),
        (("step", "wilg", "ver", "rust"), "Het programma 'ver' bestaat niet. Kies uit: nabij."),
        (("step", "wilg", "nabij", "rust", "--kind", "dans"), "'dans' is geen soort stap"),
        (("step", "wilg", "nabij", "welkom"), "De stap 'welkom' bestaat al"),
        (("step", "wilg", "nabij", "meer", "--kind", "offer"), "Na het aanbod komt alleen nog het afscheid"),
        (("keyword", "wilg", "STOP"), "'STOP' is al een opdracht"),
        (("keyword", "wilg", "GRENZ"), "lijkt te veel op 'GRENS'"),
        (("keyword", "wilg", "ROUW", "--program", "ver"), "Het programma 'ver' bestaat niet"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_written(
    folder: Path, nabij: Nabij, arguments: tuple[str, ...], said: str
) -> None:
    before = texts(folder)
    result = nabij("new", *arguments)
    assert isinstance(result.exception, Refused), result.output
    assert said in str(result.exception)
    assert texts(folder) == before


def test_a_folder_with_errors_is_mended_first(folder: Path, nabij: Nabij) -> None:
    (folder / "practices/wilg/practice.yaml").write_text("name: [", encoding="utf-8")
    result = nabij("new", "keyword", "wilg", "ROUW")
    assert isinstance(result.exception, Refused)
    assert "herstel die eerst" in str(result.exception)


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("een bestand, geen map", encoding="utf-8")
    with pytest.raises(Refused, match="kan niet geschreven worden"):
        write_new(tmp_path, {"a.md": "een", "b/c.md": "twee"})
    assert not (tmp_path / "a.md").exists()
