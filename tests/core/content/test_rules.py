# ruff: noqa: E501 (a table reads best with one case a line)
"""The linter: each rule against a file that breaks it, with file, line, problem and remedy."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core.content.report import Level
from tests.core.content.example import EXAMPLE, HOME, LESSON, PHRASES, PROGRAM, STOP_LINE, WORD, changed, read

SAFETY_LINE = "Zeg het alleen als je je veilig voelt bij die ander. Bang? Bel Veilig Thuis, 0800-2000."


def line_of(text: str, marker: str) -> int:
    return text[: text.index(marker)].count("\n") + 1


@pytest.mark.parametrize(
    ("path", "old", "new", "at", "problem", "remedy"),
    [
        ("programs/nabij/01-welkom.md", LESSON, LESSON + "Nog een woord. " * 25, "Vandaag", "130 woorden", "Kort"),
        ("programs/nabij/01-welkom.md", LESSON, "Vandaag rust.", "Vandaag", "2 woorden", "Vul de tekst aan"),
        ("programs/nabij/09-afscheid.md", "Dag,", "Dag " * 1100, "Dag", "Telegram verstuurt er hooguit 4096", "Kort"),
        ("programs/nabij/02-spanning.md", "Fijn.", "Fijn " * 900, "reply: Fijn", "Telegram", "Kort"),
        ("programs/nabij/03-keuze.md", "label: Naar voren", "label: Ik ga dan altijd naar voren", "label: Ik ga", "27 tekens", "short:"),
        ("programs/nabij/03-keuze.md", "label: Naar voren", "label: Voor\n      short: Ik ga dan altijd naar voren", "short: Ik ga", "27 tekens", "short:"),
        ("programs/nabij/03-keuze.md", "label: Naar achteren", "label: naar  VOREN", "label: naar ", "Twee knoppen", "eigen tekst"),
        ("programs/nabij/03-keuze.md", "if: voren", "if: vooruit", "if: vooruit", "'vooruit' bestaat niet", "voren, achteren, else"),
        ("programs/nabij/03-keuze.md", "  - if: else\n    reply: Goed.\n", "", "answers:", "volgt niets: achteren", "else"),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: 7-10", "answers:", "volgt niets: 6", "else"),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: 6-9", "answers:", "volgt niets: 10", "else"),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: 5-10", "if: 5-10", "al geregeld", "0-3, 4-6, 7-10"),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: 6-12", "if: 6-12", "past niet in 0 tot en met 10", "blijf binnen"),
        ("programs/nabij/02-spanning.md", "if: 0-5", "if: else", "if: 6-10", "wordt nooit bereikt", "als laatste"),
        ("programs/nabij/06-jaofnee.md", "  - {if: nee, reply: Ook goed.}\n", "", "answers:", "volgt niets: nee", "else"),
        ("programs/nabij/07-woord.md", "answers:\n  - {if: else, reply: Dank je.}\n", "", "question:", "elk vrij antwoord", "else"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.", "    goto: nergens", "goto: nergens", "'nergens' bestaat niet in dit programma", "welkom, spanning"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.", "    goto: welkom", "goto: welkom", "komt niet na deze vraag", "vooruit"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.", "    goto: spanning", "goto: spanning", "komt niet na deze vraag", "vooruit"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.", "    goto: aanbod", "goto: aanbod", "'aanbod' bestaat niet", "Kies uit"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.", "    program: ver", "program: ver", "'ver' bestaat niet", "nabij"),
        ("programs/nabij/04-voeten.md", "only: voren", "only: achteren", "only: achteren", "geen eerder antwoord geeft 'tag: achteren'", "haal 'only' weg"),
        ("programs/nabij/04-voeten.md", "only: voren", "only: voren\nunless: voren", "unless: voren", "krijgt niemand deze stap", "één van beide"),
        ("programs/nabij/04-voeten.md", SAFETY_LINE, "Zeg het zacht.", "Voel je", "niet met de veiligheidszin", "0800-2000"),
        ("programs/nabij/04-voeten.md", "0800-2000", "112", "Voel je", "niet met de veiligheidszin", "Veilig Thuis"),
        ("programs/nabij/04-voeten.md", SAFETY_LINE, f"{SAFETY_LINE}\n\nEn adem nog eens.", "Voel je", "niet met de veiligheidszin", "aan het eind"),
        ("programs/nabij/04-voeten.md", "exercise: feet", "exercise: dans", "exercise: dans", "'exercise: dans' bestaat niet", "notice, breath, feet, look, sentence, need"),
        ("programs/nabij/04-voeten.md", STOP_LINE, "Klaar.", "Voel je", "niet met hoe je ermee stopt", "TE VEEL"),
        ("programs/nabij/04-voeten.md", "typ TE VEEL", "typ te veel", "Voel je", "niet met hoe je ermee stopt", "TE VEEL"),
        ("programs/nabij/04-voeten.md", "Voel je voeten.", "Sluit rustig je ogen.", "Sluit", "ogen open", "blijven open"),
        ("programs/nabij/04-voeten.md", "Voel je voeten.", "Doe dit tien minuten.", "Doe", "'tien minuten'", "korter"),
        ("programs/nabij/04-voeten.md", "Voel je voeten.", "Doe dit 5 minuten.", "Doe", "minder dan 5 minuten", "korter"),
        ("programs/nabij/07-woord.md", "question: {id: woord, kind: text}\n", "", "---", "stelt geen vraag", "question:"),
        ("programs/nabij/07-woord.md", "id: woord", "id: spanning", "question:", "staat ook in practices/wilg/programs/nabij/02-spanning.md", "eigen id"),
        ("programs/nabij/program.yaml", "title: Nabij", "title: " + "Nabij " * 11, "title:", "titel heeft 65 tekens", "hooguit 60"),
        ("keywords/grens/keyword.md", "about: Over grenzen", "about: " + "Over " * 15, "about:", "'about' heeft 74 tekens", "hooguit 72"),
        ("keywords/grens/keyword.md", "program: nabij", "program: ver", "program: ver", "'ver' bestaat niet", "nabij"),
        ("keywords/grens/keyword.md", "keyword: GRENS", "keyword: STOP", "keyword: STOP", "'STOP' is al een opdracht", "ander woord"),
        ("keywords/grens/keyword.md", "afbakening", "mijn gegevens", "aliases:", "'mijn gegevens' is al een opdracht", "ander woord"),
        ("keywords/grens/keyword.md", "afbakening", "hulpp", "aliases:", "'hulpp' is al een opdracht", "ander woord"),
        ("keywords/grens/keyword.md", "afbakening", '"!!!"', "aliases:", "geen woord dat iemand stuurt", "letters"),
        ("keywords/grens/exercise.md", STOP_LINE, "Klaar.", "Adem", "niet met hoe je ermee stopt", "TE VEEL"),
        ("keywords/grens/nudge-2.md", "Nog even.", "Nog even. " * 450, "Nog", "Telegram", "Kort"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_told_with_file_line_problem_and_remedy(
    path: str, old: str, new: str, at: str, problem: str, remedy: str
) -> None:
    files = changed(HOME + path, old, new)
    library, findings = read(files)
    assert library is None
    told = [(one.file, one.line, one.level) for one in findings if problem in one.problem and remedy in one.remedy]
    assert told == [(HOME + path, line_of(files[HOME + path], at), Level.ERROR)], [str(one) for one in findings]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("programs/nabij/04-voeten.md", "Voel je voeten.", "Voel je voeten, drie minuten lang. Doe je ogen niet dicht."),
        ("programs/nabij/04-voeten.md", "Voel je voeten.", "Houd je ogen open. Even niets doen, en de deur mag dicht."),
        ("programs/nabij/04-voeten.md", SAFETY_LINE, "Voelt het bij de ander niet veilig? Doe het niet. Veilig Thuis luistert: 0800-2000."),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: else"),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: anders"),
        ("programs/nabij/02-spanning.md", "if: 6-10", "if: 6 t/m 10"),
        ("programs/nabij/02-spanning.md", "    reply: Fijn.", "    goto: les"),
        ("programs/nabij/03-keuze.md", "label: Naar voren", "label: Ik ga dan altijd naar voren\n      short: Naar voren"),
        ("programs/nabij/07-woord.md", "id: woord, kind: text}", "id: aantal, kind: number, low: 0, high: 50}"),
        ("keywords/grens/keyword.md", "afbakening", "grenzen, grensje"),
    ],
)  # fmt: skip
def test_what_is_near_a_rule_but_keeps_to_it_is_left_alone(path: str, old: str, new: str) -> None:
    library, findings = read(changed(HOME + path, old, new))
    assert findings == []
    assert library is not None


def test_a_text_that_is_too_long_for_whatsapp_only_is_a_warning() -> None:
    library, findings = read(changed(f"{PROGRAM}09-afscheid.md", "Dag,", "Dag, " * 250))
    assert library is not None
    assert [(one.level, one.file, one.line) for one in findings] == [(Level.WARNING, f"{PROGRAM}09-afscheid.md", 4)]
    assert "WhatsApp" in findings[0].problem


def test_two_words_of_one_practice_may_not_be_a_typo_apart() -> None:
    second = {path.replace("/grens/", "/grenst/"): text for path, text in EXAMPLE.items() if path.startswith(WORD)}
    file = f"{HOME}keywords/grenst/keyword.md"
    second[file] = second[file].replace("GRENS", "GRIENS").replace("afbakening", "perken")
    library, findings = read({**EXAMPLE, **second})
    assert library is None
    assert [(one.file, one.line) for one in findings] == [(file, 2)]
    assert "lijkt te veel op 'GRENS'" in findings[0].problem
    second[file] = second[file].replace("GRIENS", "HEKWERK")
    assert read({**EXAMPLE, **second})[1] == []


def test_an_offer_before_day_five_is_refused_also_when_a_step_before_it_may_not_come() -> None:
    early = {
        path: text for path, text in EXAMPLE.items() if not path.endswith(("05-les.md", "06-jaofnee.md", "07-woord.md"))
    }
    assert read(early)[1][0].problem == "Dit aanbod kan al op dag 4 komen; het mag pas vanaf dag 5."
    one_more = {**early, f"{PROGRAM}05-les.md": EXAMPLE[f"{PROGRAM}05-les.md"]}
    assert read(one_more)[1] == []
    jump = EXAMPLE[f"{PROGRAM}02-spanning.md"].replace("    reply: Fijn.", "    goto: woord")
    assert "al op dag 4" in read({**EXAMPLE, f"{PROGRAM}02-spanning.md": jump})[1][0].problem


def test_a_step_that_every_answer_jumps_over_is_unreachable() -> None:
    files = {
        **EXAMPLE,
        f"{PROGRAM}02-spanning.md": EXAMPLE[f"{PROGRAM}02-spanning.md"].replace(
            "    reply:", "    goto: les\n    reply:"
        ),
    }
    library, findings = read(files)
    assert library is None
    assert [one.file for one in findings] == [f"{PROGRAM}03-keuze.md", f"{PROGRAM}04-voeten.md"]
    assert "elk antwoord op 'spanning' springt eroverheen" in findings[0].problem


def test_a_tag_that_another_program_gives_counts() -> None:
    later = {path.replace("/nabij/", "/later/"): text for path, text in EXAMPLE.items() if path.startswith(PROGRAM)}
    del later[f"{HOME}programs/later/03-keuze.md"]
    later[f"{HOME}programs/later/program.yaml"] = "title: Later\nabout: Nog een week over rust\n"
    assert read({**EXAMPLE, **later})[1] == []


def test_a_program_needs_steps_and_a_goodbye() -> None:
    empty = {
        path: text for path, text in EXAMPLE.items() if not path.startswith(PROGRAM) or path.endswith("program.yaml")
    }
    assert [one.problem for one in read(empty)[1]] == [
        "Dit programma heeft geen stappen.",
        "Dit programma neemt geen afscheid.",
    ]


@pytest.mark.parametrize(
    ("files", "file", "line", "problem", "remedy"),
    [
        (changed("phrases.yaml", "stopped: Het is stil.\n", ""), "phrases.yaml", 1, "'stopped' ontbreekt", "stopped:"),
        (changed("phrases.yaml", "Het is stil.", ""), "phrases.yaml", 2, "'stopped' is leeg", "Vul"),
        (changed("phrases.yaml", "stopped: Het", "gestopt: a\nstopped: Het"), "phrases.yaml", 2, "'gestopt' kent de bot niet", "naam"),
        (changed("phrases.yaml", "Het is stil.", "Dag {naam}."), "phrases.yaml", 2, "'{naam}' wordt hier niet ingevuld", "{practice}, {short}"),
        (changed("phrases.yaml", "Hoi, {keywords}", "Hoi {keywords"), "phrases.yaml", 1, "", "",),
        (changed("phrases.yaml", "Het is stil.", "Het is stil {"), "phrases.yaml", 2, "accolade staat alleen", "{naam}"),
        (changed(f"{HOME}practice.yaml", "daily_cap: 2", "phrases:\n  stopped: Dag {wie}."), f"{HOME}practice.yaml", 4, "'{wie}'", "Hier kan"),
        (changed(f"{HOME}practice.yaml", "daily_cap: 2", "phrases:\n  stoped: Dag."), f"{HOME}practice.yaml", 4, "'stoped' kent", "naam"),
    ],
)  # fmt: skip
def test_phrases_are_all_there_with_placeholders_that_get_filled(
    files: Mapping[str, str], file: str, line: int, problem: str, remedy: str
) -> None:
    library, findings = read(files)
    assert library is None
    assert [(one.file, one.line) for one in findings if problem in one.problem and remedy in one.remedy] == [
        (file, line)
    ]


def test_every_phrase_may_name_the_practice() -> None:
    assert read(changed("phrases.yaml", "Het is stil.", '"{practice} ({short}) zwijgt."'))[1] == []
    assert set(PHRASES) == {"welcome", "stopped"}


def test_a_practice_without_words_is_refused() -> None:
    files = {path: text for path, text in EXAMPLE.items() if not path.startswith(WORD)}
    assert [one.problem for one in read(files)[1]] == ["Deze praktijk heeft geen enkel woord."]
