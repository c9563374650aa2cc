# ruff: noqa: E501 (a table reads best with one case a line)
"""Reading content: what a good folder becomes, and that everything wrong is told with file, line and remedy."""

from __future__ import annotations

import pytest

from bot.core.content.model import Branch, Practice, QuestionKind, StepKind
from bot.core.content.report import Level
from tests.core.content.example import EXAMPLE, HOME, PROGRAM, WORD, changed, read, without


def wilg(files: dict[str, str] | None = None) -> Practice:
    library, findings = read(files or EXAMPLE)
    assert findings == []
    assert library is not None
    return library.practices["wilg"]


def test_a_practice_is_read_with_its_common_phrases() -> None:
    practice = wilg()
    assert (practice.name, practice.short_name, practice.zone) == ("Praktijk De Wilg", "De Wilg", "Europe/Amsterdam")
    assert practice.approved == {"by": "W. de Vries", "on": "2026-03-01"}
    assert practice.phrases == {"welcome": "Hoi, {keywords}", "stopped": "Het is stil."}
    assert practice.days_off == {"2026-04-27"}


def test_a_practice_words_a_phrase_its_own_way() -> None:
    files = changed(f"{HOME}practice.yaml", "daily_cap: 2\n", "phrases:\n  stopped: Goed, ik zwijg.\n")
    assert wilg(files).phrases["stopped"] == "Goed, ik zwijg."
    assert wilg(files).phrases["welcome"] == "Hoi, {keywords}"


def test_a_period_of_absence_is_every_day_of_it() -> None:
    files = changed(f"{HOME}practice.yaml", "- 2026-04-27", "- 2026-12-30 t/m 2027-01-01")
    assert wilg(files).days_off == {"2026-12-30", "2026-12-31", "2027-01-01"}


def test_a_section_that_is_left_out_says_why() -> None:
    files = changed(f"{HOME}practice.yaml", "daily_cap: 2", 'coverage:\n  "Eén: twee": "omit: te zwaar"')
    assert wilg(files).omitted == {"Eén: twee": "te zwaar"}
    as_list = changed(f"{HOME}practice.yaml", "daily_cap: 2", 'coverage:\n  - section: "Eén: twee"\n    omit: te zwaar')
    assert wilg(as_list).omitted == {"Eén: twee": "te zwaar"}


def test_a_keyword_is_read_with_everything_that_follows_it() -> None:
    keyword = wilg().keywords["GRENS"]
    assert keyword.explanation == "Dit is een grens."
    assert keyword.exercise.exercise == "breath"
    assert keyword.nudges == ("Hoe ging het?", "Nog even.", "Dag.")
    assert not keyword.series
    assert keyword.offer is not None
    assert keyword.offer.link == "https://wilg.example/kennismaken"


def test_a_series_is_a_choice_of_the_practice() -> None:
    assert wilg(changed(f"{WORD}keyword.md", "about:", "followup: series\nabout:")).keywords["GRENS"].series


def test_a_program_keeps_the_order_of_its_files_and_names_steps_after_them() -> None:
    program = wilg().programs["nabij"]
    assert [step.id for step in program.steps] == [
        "welkom", "spanning", "keuze", "voeten", "les", "jaofnee", "woord", "aanbod",
    ]  # fmt: skip
    assert program.offer is program.steps[-1]
    assert program.goodbye is not None
    assert program.goodbye.text == "Dag, en dank je."
    assert program.days == 6, "neither the offer nor a step for some only"


def test_a_question_is_read_with_a_branch_for_each_answer() -> None:
    program = wilg().programs["nabij"]
    scale, choice, yes_no, text = (program.step(name) for name in ("spanning", "keuze", "jaofnee", "woord"))
    assert scale is not None
    assert scale.question is not None
    assert (scale.question.kind, scale.question.low, scale.question.high) == (QuestionKind.SCALE, 0, 10)
    assert scale.question.branches == (Branch(low=0, high=5, reply="Fijn."), Branch(low=6, high=10, reply="Dank je."))
    assert choice is not None
    assert choice.question is not None
    assert choice.question.branches[0] == Branch(choice="voren", reply="Dank je.", tag="voren")
    assert choice.question.branches[1].is_rest
    assert yes_no is not None
    assert yes_no.question is not None
    assert [one.id for one in yes_no.question.choices] == ["ja", "nee"]
    assert text is not None
    assert text.question is not None
    assert text.kind is StepKind.CHECKIN
    assert text.question.branches == (Branch(reply="Dank je."),)


def test_a_file_saved_on_windows_reads_the_same() -> None:
    files = {path: "\ufeff" + text.replace("\n", "\r\n") for path, text in EXAMPLE.items()}
    mine, theirs = wilg(), wilg(files)
    assert theirs.keywords["GRENS"].explanation == mine.keywords["GRENS"].explanation
    assert [step.text for step in theirs.programs["nabij"].steps] == [
        step.text for step in mine.programs["nabij"].steps
    ]


def test_any_change_gives_another_version() -> None:
    assert wilg().version == wilg().version
    assert wilg(changed(f"{WORD}nudge-1.md", "Hoe", "En hoe")).version != wilg().version


def test_a_practice_knows_the_words_of_the_others_in_its_own_spelling() -> None:
    other = {path.replace("wilg", "beuk").replace("grens", "ruimte"): text for path, text in EXAMPLE.items()}
    word = "practices/beuk/keywords/ruimte/keyword.md"
    other[word] = other[word].replace("GRENS", "RUIMTE").replace("afbakening", "AFBAKENING, bedaard")
    library, findings = read({**EXAMPLE, **other})
    assert findings == []
    assert library is not None
    assert library.practices["wilg"].elsewhere == {"RUIMTE", "afbakening", "bedaard"}
    assert library.practices["beuk"].elsewhere == {"GRENS", "AFBAKENING"}


def test_a_draft_is_only_a_warning() -> None:
    library, findings = read(changed(f"{PROGRAM}05-les.md", "kind: lesson", "kind: lesson\ndraft: true"))
    assert library is not None
    assert [(one.level, one.line) for one in findings] == [(Level.WARNING, 3)]
    step = library.practices["wilg"].programs["nabij"].step("les")
    assert step is not None
    assert step.draft


def test_a_file_that_belongs_nowhere_is_a_warning() -> None:
    library, findings = read({**EXAMPLE, f"{WORD}nugde-1.md": "Hoi"})
    assert library is not None
    assert [(one.level, one.file) for one in findings] == [(Level.WARNING, f"{WORD}nugde-1.md")]


@pytest.mark.parametrize("path", [path for path in EXAMPLE if not path.endswith(("offer.md", "08-aanbod.md"))])
def test_a_needed_file_that_is_gone_is_told_or_leaves_a_good_library(path: str) -> None:
    library, findings = read(without(path))
    if path.startswith(PROGRAM) and not path.endswith(("program.yaml", "03-keuze.md", "09-afscheid.md")):
        # Any other step may go, as long as the offer then does not come too soon.
        assert [one.problem for one in findings if "aanbod" not in one.problem] == []
    else:
        assert library is None
        assert findings


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "problem", "remedy"),
    [
        ("keywords/grens/keyword.md", "about: Over grenzen", "abuot: Over grenzen", 4, "'abuot' bestaat hier niet", "'about'"),
        ("keywords/grens/keyword.md", "about: Over grenzen\n", "", 1, "'about' ontbreekt", "about:"),
        ("keywords/grens/keyword.md", "about: Over grenzen", "about: 7", 4, "'about' moet een tekst zijn", "aanhalingstekens"),
        ("keywords/grens/keyword.md", "[afbakening]", "afbakening", 3, "'aliases' moet een lijst", "aliases: ["),
        ("keywords/grens/keyword.md", "about: Over grenzen", "about: Over: grenzen", 4, "niet te lezen", "dubbele punt"),
        ("keywords/grens/keyword.md", "about: Over grenzen", "about: a\nabout: b", 5, "twee keer", "Controleer"),
        ("keywords/grens/keyword.md", "about: Over grenzen", "\tabout: Over grenzen", 4, "geen tab", "spaties"),
        ("keywords/grens/keyword.md", "nabij\n---\n", "nabij\n", 1, "niet afgesloten", "---"),
        ("keywords/grens/keyword.md", "GRENS", "rust en zo", 2, "kan geen woord zijn", "hoofdletters"),
        ("keywords/grens/keyword.md", "about:", "followup: dagelijks\nabout:", 4, "'followup: dagelijks'", "ask, series"),
        ("keywords/grens/keyword.md", "Dit is een grens.", "", 7, "geen tekst", "onder de gegevens"),
        ("keywords/grens/keyword.md", "Dit is", "Dit\x07is", 7, "onleesbaar teken (U+0007)", "Haal het weg"),
        ("keywords/grens/nudge-1.md", "Hoe ging het?", "---\nlink: x\n---\nHoi", 2, "'link' bestaat hier niet", "weg"),
        ("keywords/grens/exercise.md", "origin: nabij\n", "", 1, "'origin' ontbreekt", "origin: nabij"),
        ("keywords/grens/exercise.md", "origin: nabij", "origin: boek", 3, "vaste lijst", "origin: nabij"),
        ("keywords/grens/offer.md", "gesprek", "cursus", 2, "'cursus' staat niet in practice.yaml", "offers:"),
        ("practice.yaml", "daily_cap: 2", "daily_cap: veel", 3, "'daily_cap' klopt niet", "1 tot en met 5"),
        ("practice.yaml", "daily_cap: 2", "zone: Europe/Zwolle", 3, "'Europe/Zwolle' bestaat niet", "Europe/Amsterdam"),
        ("practice.yaml", "daily_cap: 2", "zone: ../../etc/passwd", 3, "bestaat niet", "Europe/Amsterdam"),
        ("practice.yaml", "short_name: De Wilg", "short_name: De hele grote praktijk", 2, "tekens", "hooguit 20"),
        ("practice.yaml", "  by: W. de Vries\n", "", 4, "half ingevuld", "allebei"),
        ("practice.yaml", "2026-03-01", "maart", 6, "'on' is geen datum", "2026-03-01"),
        ("practice.yaml", "- 2026-04-27", "- Koningsdag", 12, "geen dag en geen periode", "2026-04-27"),
        ("practice.yaml", "- 2026-04-27", "- 2027-01-02 t/m 2026-12-24", 12, "geen periode", "vroegste dag eerst"),
        ("practice.yaml", "    title: Kennismaking\n", "", 8, "'title' ontbreekt", "title:"),
        ("practice.yaml", "daily_cap: 2", "coverage:\n  Haar verhaal: te zwaar", 4, "waarom dit deel wegblijft", "omit:"),
        ("practice.yaml", "daily_cap: 2", "coverage:\n  - section: Haar verhaal", 4, "'omit' ontbreekt", "omit:"),
        ("programs/nabij/program.yaml", "title: Nabij\n", "", 1, "'title' ontbreekt", "title:"),
        ("programs/nabij/program.yaml", "title: Nabij\nabout: Een week over rust\n", "- lijst\n", 1, "gegevens", "README"),
        ("programs/nabij/01-welkom.md", "kind: lesson", "kind: lezing", 2, "'kind: lezing' bestaat niet", "lesson"),
        ("programs/nabij/01-welkom.md", "kind: lesson", "kind: nudge", 2, "'kind: nudge' bestaat niet", "lesson"),
        ("programs/nabij/01-welkom.md", "lesson", "lesson\nexercise: feet", 3, "'exercise' hoort niet", "kind: exercise"),
        ("programs/nabij/01-welkom.md", "lesson", "lesson\nlink: https://a.nl", 3, "alleen bij een aanbod", "kind: offer"),
        ("programs/nabij/01-welkom.md", "lesson", "lesson\nquestion: {id: a, kind: text}", 3, "check-in", "kind: checkin"),
        ("programs/nabij/01-welkom.md", "lesson", "lesson\npartner: misschien", 3, "aan of uit", "true"),
        ("programs/nabij/01-welkom.md", "lesson", "lesson\nonly: Naar Voren", 3, "'only: Naar Voren' kan niet", "streepjes"),
        ("programs/nabij/02-spanning.md", "kind: scale", "kind: schaal", 5, "'kind: schaal' bestaat niet", "scale"),
        ("programs/nabij/02-spanning.md", "kind: scale", "kind: number", 3, "'low' ontbreekt", "heel getal"),
        ("programs/nabij/02-spanning.md", "scale", "scale\n  low: 8\n  high: 2", 7, "groter zijn dan 'low'", "Wissel"),
        ("programs/nabij/02-spanning.md", "if: 0-5", "if: weinig", 7, "geen getal of reeks", "0-3"),
        ("programs/nabij/02-spanning.md", "if: 0-5", "als: 0-5", 7, "'if' ontbreekt", "0-3"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.\n", "", 7, "volgt niets", "reply:"),
        ("programs/nabij/03-keuze.md", "id: achteren", "id: voren", 9, "staat er twee keer", "eigen id"),
        ("programs/nabij/03-keuze.md", "    - id: achteren\n      label: Naar achteren\n", "", 6, "2 tot 8 keuzes", "Vul aan"),
        ("programs/nabij/06-jaofnee.md", "kind: yesno", "kind: yesno, choices: []", 3, "alleen bij een keuze", "choice"),
        ("programs/nabij/07-woord.md", "if: else", "if: ja", 5, "alleen 'else'", "if: else"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_file_line_problem_and_remedy(
    path: str, old: str, new: str, line: int, problem: str, remedy: str
) -> None:
    library, findings = read(changed(HOME + path, old, new))
    assert library is None
    told = [(one.file, one.line) for one in findings if problem in one.problem and remedy in one.remedy]
    assert told == [(HOME + path, line)], [str(one) for one in findings]


@pytest.mark.parametrize(
    ("files", "file", "problem"),
    [
        ({}, "practices", "geen enkele praktijk"),
        (without("phrases.yaml"), "phrases.yaml", "ontbreekt"),
        (without(f"{HOME}practice.yaml"), f"{HOME}practice.yaml", "ontbreekt"),
        (without(f"{WORD}nudge-2.md"), f"{WORD}nudge-2.md", "ontbreekt"),
        (without(f"{PROGRAM}program.yaml"), f"{PROGRAM}program.yaml", "ontbreekt"),
        ({**EXAMPLE, f"{PROGRAM}les.md": "Hoi"}, f"{PROGRAM}les.md", "bestandsnaam"),
        ({**EXAMPLE, f"{PROGRAM}06-welkom.md": EXAMPLE[f"{PROGRAM}01-welkom.md"]}, f"{PROGRAM}06-welkom.md", "twee stappen"),
        ({**EXAMPLE, f"{PROGRAM}10-les.md": EXAMPLE[f"{PROGRAM}09-afscheid.md"]}, f"{PROGRAM}10-les.md", "al een 'goodbye'"),
        ({**EXAMPLE, f"{PROGRAM}10-nog.md": EXAMPLE[f"{PROGRAM}01-welkom.md"]}, f"{PROGRAM}10-nog.md", "Na het aanbod"),
        (
            {**EXAMPLE, **{path.replace("/grens/", "/stil/"): text for path, text in EXAMPLE.items() if path.startswith(WORD)}},
            f"{HOME}keywords/stil/keyword.md",
            "Het woord GRENS staat ook in",
        ),
        ({path.replace("/wilg/", "/De Wilg/"): text for path, text in EXAMPLE.items()}, "practices/De Wilg/practice.yaml", "mapnaam"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_right_is_told(files: dict[str, str], file: str, problem: str) -> None:
    library, findings = read(files)
    assert library is None
    assert [one.file for one in findings if problem in one.problem] == [file], [str(one) for one in findings]


def test_a_file_is_not_blamed_twice_for_one_slip() -> None:
    _, findings = read(changed(f"{PROGRAM}03-keuze.md", "kind: choice", "kind: keuze"))
    assert {one.file for one in findings} == {f"{PROGRAM}03-keuze.md"}
