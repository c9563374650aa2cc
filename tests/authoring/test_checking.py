"""`nabij check`: reading level, coverage, and what it says and exits with. Also: the examples of the README hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.authoring.checking import check_content, check_content_and_coverage
from bot.authoring.reading import reading_ease
from bot.authoring.refusal import Refused
from bot.content_folder import check_folder
from tests.authoring.conftest import CONTENT, Nabij

pytestmark = pytest.mark.slow

README = CONTENT / "README.md"
HARD = (
    "De wetenschappelijke onderbouwing van hechtingsgerelateerde relatieproblematiek veronderstelt een "
    "multidimensionaal verklaringsmodel, waarbinnen intergenerationele overdracht en neurobiologische stressregulatie "
    "samenhangen, zodat behandelinterventies noodzakelijkerwijs gedifferentieerd worden."
)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_text_that_reads_hard_is_a_warning(folder: Path) -> None:
    edit(folder / "practices/wilg/programs/nabij/09-afscheid.md", "Dag,", f"{HARD}\n\nDag,")
    assert [(one.file, one.line) for one in check_content(folder)] == [
        ("practices/wilg/programs/nabij/09-afscheid.md", 4)
    ]


def test_a_practice_sets_its_own_floor(folder: Path) -> None:
    file = folder / "practices/wilg/keywords/grens/keyword.md"
    edit(file, "Dit is een grens.", "De ander komt dichterbij. " * 8)
    assert check_content(folder) == []
    edit(folder / "practices/wilg/practice.yaml", "daily_cap: 2", "daily_cap: 2\nreading_floor: 100")
    found = [one.problem for one in check_content(folder)]
    assert [problem.partition(", en ")[2] for problem in found] == ["de ondergrens is 100 (100 is heel makkelijk)."]


def test_short_sentences_read_more_easily_than_long_ones() -> None:
    assert reading_ease("Je zit. Je kijkt. Je hoort iets. Dat is goed.") > 90 > 30 > reading_ease(HARD)


def test_serving_never_loads_the_reading_level() -> None:
    code = "import sys; import bot.cli, bot.content_folder, bot.app; print('textstat' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_the_command_prints_coverage_and_fails_on_a_gap(folder: Path, nabij: Nabij) -> None:
    (folder / "sources").mkdir()
    (folder / "sources/grens.yaml").write_text("title: Rust\nsections: [Wat rust is, Wat helpt]\n", encoding="utf-8")
    home = folder / "practices/wilg/programs/nabij"
    edit(home / "program.yaml", "title:", "source: grens\ntitle:")
    edit(home / "05-les.md", "kind: lesson", "kind: lesson\nsource: Wat rust is")
    gap = nabij("check", "--coverage")
    assert gap.exit_code == 1
    assert "geen stap" in gap.output
    assert "Bij het kopje 'Wat helpt' van grens hoort geen enkele stap." in gap.output
    edit(home / "07-woord.md", "kind: checkin", "kind: checkin\nsource: Wat helpt")
    whole = nabij("check", "--coverage")
    assert whole.exit_code == 0, whole.output
    assert "les" in whole.output


def test_the_headings_may_come_from_the_articles_themselves(folder: Path) -> None:
    articles = folder.parent / "articles"
    articles.mkdir()
    with pytest.raises(Refused, match="geen enkel artikel"):
        check_content_and_coverage(folder, articles)
    (articles / "grens.txt").write_text("Wat rust is\n\nRust is fijn.\n\nWat helpt\n\nStil zijn.\n", encoding="utf-8")
    findings, rows = check_content_and_coverage(folder, articles)
    assert [row.section for row in rows] == ["Wat rust is", "Wat helpt"]
    assert [one.file for one in findings] == ["sources/grens.yaml"]


def test_json_is_one_finding_a_line_and_strict_counts_warnings(folder: Path, nabij: Nabij) -> None:
    edit(folder / "practices/wilg/keywords/grens/nudge-2.md", "Nog even.", "Helaas, nog even.")
    lenient, strict = nabij("check", "--json"), nabij("check", "--json", "--strict")
    found = [json.loads(line) for line in lenient.output.splitlines()]
    mine = [one for one in found if one["file"].startswith("practices/")]
    assert mine == [
        {
            "file": "practices/wilg/keywords/grens/nudge-2.md",
            "line": 1,
            "level": "warning",
            "problem": "'Helaas' kan klinken als een verwijt.",
            "remedy": "Schrijf liever: laat het weg.",
        }
    ]
    assert (lenient.exit_code, strict.exit_code) == (0, 1)


def test_every_article_of_the_real_content_is_covered() -> None:
    findings, rows = check_content_and_coverage(CONTENT, None)
    assert [str(one) for one in findings if one.level == "error"] == []
    assert [row for row in rows if row.is_gap] == []
    assert len({row.article for row in rows}) == 5


def test_the_examples_in_the_readme_are_a_practice_that_passes(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    examples = re.findall(
        r"`((?:practices|questions|sources)/[^`\n]+)`\n\n```(?:yaml|markdown)\n(.*?)```", text, re.DOTALL
    )
    assert len(examples) > 15
    for name, example in examples:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(example, encoding="utf-8")
    for name in ("phrases.yaml", "words.yaml"):
        (tmp_path / name).write_bytes((CONTENT / name).read_bytes())
    assert [str(one) for one in check_content(tmp_path)] == []
    library, _ = check_folder(tmp_path)
    assert library is not None
    assert set(library.practices) == {"de-wilg"}
