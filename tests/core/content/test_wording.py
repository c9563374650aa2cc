"""What a text may not say, and what on a screen may not look alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.content.report import Level
from tests.core.content.example import EXAMPLE, HOME, LESSON, PROGRAM, WORD, changed, read

WORDS = """guilt:
  problem: geeft schuld
  level: warning
  words:
    je moet: je mag
    helaas: laat het weg
  allowed:
    - je moet niets
promises:
  problem: belooft te veel
  level: error
  words:
    genees*: helpt
"""
CONTENT = Path(__file__).parents[3] / "content"
CAMPAIGN = f"{HOME}campaigns/lente.md"
LENTE = "---\nkind: campaign\n---\nEr is weer plek.\n\nLiever geen berichten meer? Typ STOP.\n"


def said(files: dict[str, str]) -> list[tuple[str, int, str]]:
    _, findings = read({**files, "words.yaml": WORDS})
    return [(one.file, one.line, one.level.value) for one in findings]


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "level"),
    [
        (f"{PROGRAM}09-afscheid.md", "Dag,", "Helaas,", 4, "warning"),
        (f"{PROGRAM}09-afscheid.md", "Dag,", "Dag.\n\nEn nu, je\nmoet", 6, "warning"),
        (f"{PROGRAM}02-spanning.md", "reply: Fijn.", "reply: >-\n      Fijn, en je\n      moet door.", 9, "warning"),
        (f"{PROGRAM}03-keuze.md", "label: Naar achteren", "label: Dat geneest", 10, "error"),
        (f"{PROGRAM}program.yaml", "about: Een week", "about: Geneest in een week", 2, "error"),
        (f"{WORD}nudge-2.md", "Nog even.", "Dit geneest je.", 1, "error"),
        (f"{WORD}keyword.md", "about: Over grenzen", "about: Helaas, grenzen", 4, "warning"),
        (f"{HOME}practice.yaml", "daily_cap: 2", "phrases:\n  stopped: Helaas, dag.", 4, "warning"),
        ("phrases.yaml", "Het is stil.", "Helaas.", 2, "warning"),
    ],
)
def test_a_word_of_the_list_is_told_on_its_own_line(path: str, old: str, new: str, line: int, level: str) -> None:
    assert said(changed(path, old, new)) == [(path, line, level)]


@pytest.mark.parametrize("harmless", ["Je moet niets.", "Dit is geen genezing.", "Dit kan nooit genezen.", "Helaasje."])
def test_a_word_is_harmless_where_it_is_allowed_or_denied(harmless: str) -> None:
    assert said(changed(f"{WORD}nudge-2.md", "Nog even.", harmless)) == []


@pytest.mark.parametrize(
    "promise", ["Wat je kreeg, blijft in dit gesprek staan.", "Wat ik stuurde, blijft hier bewaard."]
)
def test_no_text_promises_that_the_conversation_is_kept_for_good(promise: str) -> None:
    """After `retention: texts` days it is gone."""
    files = {**changed(f"{WORD}nudge-3.md", "Dag", promise), "words.yaml": (CONTENT / "words.yaml").read_text("utf-8")}
    _, findings = read(files)
    assert [(one.file, one.level) for one in findings if "belooft" in one.problem] == [
        (f"{WORD}nudge-3.md", Level.ERROR)
    ]


def test_a_finding_says_what_to_write_instead() -> None:
    _, findings = read({**changed(f"{WORD}nudge-2.md", "Nog even.", "Je  MOET door."), "words.yaml": WORDS})
    assert (findings[0].problem, findings[0].remedy) == ("'Je MOET' geeft schuld.", "Schrijf liever: je mag.")


def test_a_draft_is_left_to_its_author() -> None:
    files = changed(f"{PROGRAM}05-les.md", "kind: lesson\n---\n", "kind: lesson\ndraft: true\n---\nDit geneest. ")
    assert said(files) == [(f"{PROGRAM}05-les.md", 3, "warning")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("level: warning", "level: soms", "'level: soms' bestaat niet"),
        ("  problem: geeft schuld\n", "", "'problem' ontbreekt"),
        ("helaas: laat het weg", "helaas: [a]", "'helaas' moet een tekst zijn"),
    ],
)
def test_a_list_that_is_wrong_is_told(old: str, new: str, problem: str) -> None:
    library, findings = read({**EXAMPLE, "words.yaml": WORDS.replace(old, new, 1)})
    assert library is None
    assert [one.file for one in findings if problem in one.problem] == ["words.yaml"]


def test_a_picture_needs_words_for_who_does_not_see_it() -> None:
    files = changed(f"{PROGRAM}09-afscheid.md", "Dag,", "![Een raam](raam.png)\n\n![ ](deur.png)\n\nDag,")
    _, findings = read(files)
    assert [(one.file, one.line, one.level) for one in findings] == [(f"{PROGRAM}09-afscheid.md", 6, Level.ERROR)]
    assert "geen beschrijving" in findings[0].problem


def test_beside_a_picture_fits_less_text() -> None:
    _, findings = read(changed(f"{PROGRAM}09-afscheid.md", "Dag,", "![Een raam](raam.png)\n\n" + "Dag, " * 210))
    assert any("Bij een afbeelding passen 1024 tekens" in one.problem for one in findings)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Ik praat liever eerst", "Ik praat liever niet", True),
        ("Een relatie", "Geen relatie", True),
        ("1 keer", "2 keer", False),
        ("Naar voren", "Naar achteren", False),
    ],
)
def test_buttons_that_look_alike_are_a_warning(one: str, other: str, alike: bool) -> None:  # noqa: FBT001
    files = changed(f"{PROGRAM}03-keuze.md", "label: Naar voren", f"label: {one}")
    file = f"{PROGRAM}03-keuze.md"
    files[file] = files[file].replace("label: Naar achteren", f"label: {other}")
    _, findings = read(files)
    found = [(finding.line, finding.level) for finding in findings if "lijkt te veel op" in finding.problem]
    assert found == ([(10, Level.WARNING)] if alike else [])


def test_two_programs_that_begin_alike_are_a_warning() -> None:
    files = dict(EXAMPLE)
    for path, text in EXAMPLE.items():
        if path.startswith(PROGRAM):
            files[path.replace("/nabij/", "/later/")] = text
    files[f"{HOME}programs/later/program.yaml"] = "title: In veertien dagen naar rust\nabout: Rust\n"
    files[f"{PROGRAM}program.yaml"] = "title: In veertien dagen naar ruimte\nabout: Ruimte\n"
    _, findings = read(files)
    assert [(one.file, one.line, one.level) for one in findings] == [(f"{PROGRAM}program.yaml", 1, Level.WARNING)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("keyword: GRENS", "keyword: SUICIDE", "geeft de bot hulplijnen"),
        ("afbakening", "ik wil dood", "geeft de bot hulplijnen"),
        ("keyword: GRENS", "keyword: GRENZENSTELLENISGOEDVOORJE", "op een knop passen er 20"),
    ],
)
def test_a_word_that_can_not_be_sent_or_shown_is_refused(old: str, new: str, problem: str) -> None:
    library, findings = read(changed(f"{WORD}keyword.md", old, new))
    assert library is None
    assert any(problem in one.problem and one.file == f"{WORD}keyword.md" for one in findings)


def test_a_cap_of_one_leaves_no_room_for_the_reminder() -> None:
    _, findings = read(changed(f"{HOME}practice.yaml", "daily_cap: 2", "daily_cap: 1"))
    assert [(one.file, one.line, one.level) for one in findings] == [(f"{HOME}practice.yaml", 3, Level.WARNING)]
    assert "de herinnering vervalt" in findings[0].problem


def test_a_campaign_says_how_to_stop() -> None:
    assert read({**EXAMPLE, CAMPAIGN: LENTE})[1] == []
    library, findings = read({**EXAMPLE, CAMPAIGN: LENTE.replace("Typ STOP.", "Laat het weten.")})
    assert library is None
    assert [(one.file, one.line) for one in findings] == [(CAMPAIGN, 4)]
    assert "Typ STOP" in findings[0].remedy


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("kind: campaign", "kind: lesson", 2, "'kind: lesson' bestaat niet"),
        ("kind: campaign", "kind: campaign\non: soms", 3, "'on' is geen datum"),
        ("kind: campaign", "kind: campaign\non: 2026-04-27", 3, "stuurt de praktijk niets"),
        ("kind: campaign", "kind: campaign\nvoor: allen", 3, "'voor' bestaat hier niet"),
    ],
)
def test_a_campaign_that_is_wrong_is_told(old: str, new: str, line: int, problem: str) -> None:
    library, findings = read({**EXAMPLE, CAMPAIGN: LENTE.replace(old, new)})
    assert library is None
    assert [(one.file, one.line) for one in findings if problem in one.problem] == [(CAMPAIGN, line)]


def test_more_campaigns_on_a_day_than_the_cap_are_refused() -> None:
    dated = LENTE.replace("kind: campaign", "kind: campaign\non: 2026-05-01")
    three = {f"{HOME}campaigns/{name}.md": dated for name in ("een", "twee", "drie")}
    assert {one.file for one in read({**EXAMPLE, **three})[1]} == set(three)
    del three[f"{HOME}campaigns/drie.md"]
    assert read({**EXAMPLE, **three})[1] == []


def test_a_step_to_which_no_way_leads_is_refused() -> None:
    """Who gets the tag jumps past the step that is only for those with the tag."""
    files = changed(f"{PROGRAM}03-keuze.md", "tag: voren", "tag: voren\n    goto: les")
    library, findings = read(files)
    assert library is None
    assert [(one.file, one.problem) for one in findings] == [
        (f"{PROGRAM}04-voeten.md", "Niemand krijgt deze stap: geen enkele weg door het programma komt hier.")
    ]


def test_a_tag_that_only_a_draft_gives_leads_nowhere() -> None:
    files = changed(f"{PROGRAM}03-keuze.md", "kind: checkin", "kind: checkin\ndraft: true")
    assert "geen enkele weg" in "".join(one.problem for one in read(files)[1])


def test_many_tags_do_not_hang_the_check() -> None:
    files = dict(EXAMPLE)
    for number in range(20, 70):
        files[f"{PROGRAM}{number}-vraag.md".replace("-vraag", f"-vraag-{number}")] = (
            f"---\nkind: checkin\nquestion: {{id: v{number}, kind: yesno}}\nanswers:\n"
            f"  - {{if: ja, reply: Ja., tag: t{number}}}\n  - {{if: nee, reply: Nee.}}\n---\nHoe?\n"
        )
    for name in ("08-aanbod", "09-afscheid"):
        files[f"{PROGRAM}9{name[1:]}.md"] = files.pop(f"{PROGRAM}{name}.md")
    assert read(files)[1] == []


def test_a_lesson_of_more_than_120_words_is_refused() -> None:
    _, findings = read(changed(f"{PROGRAM}05-les.md", LESSON, LESSON * 3))
    assert "een les heeft er 40 tot 120" in findings[0].problem
