"""Typed answers, as people give them."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.answers import parse_choice, parse_number, parse_scale, parse_yes_no, says_done, says_later, says_no_more

_LABELS: Final = ("Naar voren", "Naar achteren", "Stil blijven", "Weet ik niet")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("een 7", 7),
        ("zeven", 7),
        ("7/10", 7),
        ("ik denk een 6 of zo", 6),
        ("7,5", 8),
        ("7.4", 7),
        ("geen", 0),
        ("11", None),
        ("ik ben 7 jaar samen", None),
        ("7 op 10", 7),
        ("een zeven", 7),
        ("Een dikke 8!", 8),
        ("zesje", 6),
        ("7 en een half", 8),
        ("zevenenhalf", 8),
        ("7½", 8),
        ("6 of 7", None),
        ("een 6 a 7", None),
        ("6-7", None),
        ("7-", 7),
        ("7+", 7),
        ("een 5 vandaag", 5),
        ("ik geef het een 8", 8),
        ("vandaag een 4, gisteren een 7", None),
        ("8 uur", None),
        ("50%", None),
        ("3x", None),
        ("nul", 0),
        ("0", 0),
        ("10!", 10),
        ("7️⃣", 7),
        ("ik zou zeggen 6", 6),
        ("een 3 denk ik", 3),
        ("het is een 9", 9),
        ("zevn", 7),
        ("één", 1),
        ("een", 1),
        ("7 van de 10", 7),
        ("7/5", None),
        ("stap 3", None),
        ("ik heb 3 kinderen", None),
        ("'n 7", 7),
        ("een 7je", 7),
        ("7tje", 7),
        ("misschien een 4", 4),
        ("acht", 8),
        ("tien", 10),
        ("een 8 want het ging goed", 8),
        ("het ging wel goed dus een 7", 7),
        ("ik ben 9", None),
        ("-3", None),
        ("nee", None),
        ("ik voel me vandaag een 4", 4),
        ("4 ofzo", 4),
        ("rond de 6", 6),
        ("ongeveer 5", 5),
        ("vijf", 5),
        ("Cijfer: 6", 6),
        ("een 10 met een griffel", 10),
        ("6,5 of zo", 7),
        ("6.", 6),
        ("een zes", 6),
        ("zo'n 6", 6),
        ("tussen de 6 en 7", None),
        ("een 6 of een 7", None),
        ("een 7 of 8", None),
        ("2 keer per week ruzie", None),
        ("5 minuten gedaan", None),
        ("een twee", 2),
        ("achten", 8),
        ("kheb 7", 7),
        ("7 denk", 7),
        ("7 ❤️", 7),
        ("(7)", 7),
        ("geen idee", None),
        ("geef 7", 7),
        ("12 dagen", None),
        ("om 8", None),
        ("een kleine 7", 7),
        ("8, het gaat goed", 8),
        ("het was een 2", 2),
    ],
)
def test_a_grade_from_zero_to_ten(text: str, expected: int | None) -> None:
    assert parse_scale(text, 0, 10) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3),
        ("geen", None),
        ("0", None),
        ("6", None),
        ("5/5", 5),
        ("3 van de 5", 3),
        ("4,5", 5),
        ("een", 1),
        ("5.5", None),
    ],
)
def test_a_grade_from_one_to_five(text: str, expected: int | None) -> None:
    assert parse_scale(text, 1, 5) == expected


@given(
    st.integers(0, 10),
    st.sampled_from(
        [
            "{}",
            "een {}",
            "Een {}!",
            "{}/10",
            "ik denk een {}",
            "ik geef het een {}",
            "{} 😊",
            "vandaag een {}",
            "een {} ofzo",
        ]
    ),
)
def test_a_grade_in_any_wrapping_keeps_its_value(grade: int, wrapping: str) -> None:
    assert parse_scale(wrapping.format(grade), 0, 10) == grade


@given(st.text(max_size=200), st.integers(-5, 5), st.integers(5, 100))
def test_a_grade_is_on_the_scale_or_none(text: str, low: int, high: int) -> None:
    grade = parse_scale(text, low, high)
    assert grade is None or low <= grade <= high


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("twaalf", 12),
        ("2,5", 2.5),
        ("ongeveer 20 minuten", 20),
        ("-3", -3),
        ("geen", 0),
        ("3 of 4", None),
        ("veel", None),
        ("één", 1),
        ("anderhalf", None),
    ],
)
def test_the_one_number_in_a_text(text: str, expected: float | None) -> None:
    assert parse_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ja hoor", True),
        ("jazeker", True),
        ("tuurlijk", True),
        ("nee joh", False),
        ("neuh", False),
        ("liever niet", False),
        ("👍", True),
        ("mwah", None),
        ("ja maar nee", None),
        ("bah ja", True),
        ("ba nee", False),
        ("jaaaa", True),
        ("neeeee", False),
        ("ja graag", True),
        ("graag", True),
        ("ok", True),
        ("is goed", True),
        ("doe maar", True),
        ("nee dank je", False),
        ("misschien", None),
        ("ja en nee", None),
        ("nou ja", None),
        ("weet niet", None),
        ("ik zei ja tegen hem", None),
        ("absoluut niet", False),
        ("natuurlijk niet", False),
        ("waarom niet", True),
        ("geen probleem", True),
        ("hoeft niet", False),
        ("👎", False),
        ("jep", True),
        ("yes", True),
        ("nope", False),
        ("ja ik doe mee", True),
        ("nee, ik heb geen tijd", False),
        ("ja maar ik weet het niet", None),
        ("neen", False),
        ("jawel", True),
        ("zeker", True),
        ("zeker niet", False),
        ("denk het wel", True),
        ("denk het niet", False),
        ("ik denk van wel", True),
        ("ja, ik ben 16+ en wil dit", True),
        ("Ja, ik wil dit", True),
        ("ja wil ik", True),
        ("prima", True),
        ("akkoord", True),
        ("beetje", None),
        ("soms", None),
        ("niet echt", False),
        ("echt niet", False),
        ("amai ja", True),
        ("ja zenne", True),
        ("ba ja", True),
        ("joa", True),
        ("JA!!!", True),
        ("J", None),
        ("👍🏽", True),
        ("❌", False),
        ("✅", True),
        ("jaa natuurlijk!", True),
        ("helemaal niet", False),
        ("geen zin", False),
        ("ik wil dat wel", True),
        ("ik wil het niet", False),
        ("nee hoor, gaat goed", False),
        ("dat is goed", True),
        ("lijkt me leuk", True),
        ("ja, waarom niet", True),
        ("sure", True),
        ("nah", False),
        ("nooit", False),
        ("ja klopt", True),
        ("klopt", True),
        ("ja dat wil ik", True),
        ("top", True),
        ("mijn man is lief", None),
        ("ik heb geen idee", None),
        ("ja nee", None),
        ("nee ja", None),
        ("geen idee", None),
        ("eh ja", True),
        ("euh nee", False),
        ("nee bedankt", False),
        ("ja prima hoor", True),
        ("vandaag niet", False),
        ("nog niet", False),
        ("ja, elke dag", True),
        ("nee helaas niet", False),
        ("oke", True),
        ("oké", True),
        ("oki doki", None),
    ],
)
def test_yes_no_or_neither(text: str, expected: bool | None) -> None:  # noqa: FBT001
    assert parse_yes_no(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("naar voren", 0),
        ("2", 1),
        ("de tweede", 1),
        ("stil", 2),
        ("naar", None),
        ("ik ga naar voren denk ik", 0),
        ("naar vorn", 0),
        ("nr 3", 2),
        ("optie 3", 2),
        ("de laatste", 3),
        ("voren", 0),
        ("niet naar voren", None),
        ("achteren", 1),
        ("naar achter", 1),
        ("Ik blijf meestal stil", 2),
        ("naar voren of naar achteren", None),
        ("weet ik niet", 3),
        ("7", None),
        ("de eerste graag", 0),
        ("weet niet", 3),
        ("stil blijven!", 2),
        ("ik kies 2", 1),
        ("drie", 2),
        ("blabla", None),
        ("st", 2),
        ("1.", 0),
    ],
)
def test_a_choice_by_label_start_number_typo_or_in_a_sentence(text: str, expected: int | None) -> None:
    assert parse_choice(text, _LABELS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ja hoor", 0),
        ("neuh", 1),
        ("mwah", None),
        ("1", 0),
        ("jaaa", 0),
    ],
)
def test_a_choice_of_yes_or_no_hears_every_yes(text: str, expected: int | None) -> None:
    assert parse_choice(text, ["Ja", "Nee"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1-2 keer", 0),
        ("de tweede", 1),
        ("optie 3", None),
        ("2", None),
        ("5 of meer", 2),
        ("3-4", 1),
        ("5", 2),
    ],
)
def test_labels_that_are_numbers_are_not_counted(text: str, expected: int | None) -> None:
    assert parse_choice(text, ["1-2 keer", "3-4 keer", "5 of meer"]) == expected


@given(st.sampled_from(range(4)))
def test_each_label_chooses_itself(index: int) -> None:
    for text in (_LABELS[index], _LABELS[index].upper() + "!", f"{index + 1}", f"optie {index + 1}"):
        assert parse_choice(text, _LABELS) == index


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=6))
def test_a_choice_is_one_of_the_labels_or_none(text: str, labels: list[str]) -> None:
    index = parse_choice(text, labels)
    assert index is None or 0 <= index < len(labels)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("later", True),
        ("straks", True),
        ("morgen weer", True),
        ("vraag het later nog eens", True),
        ("nu even niet", True),
        ("later misschien", True),
        ("gedaan", False),
        ("nee", False),
        ("ik doe het morgen", True),
        ("heb nu geen tijd", True),
        ("niet nu", True),
        ("vanavond", True),
        ("tot later", False),
        ("later werd het beter", False),
        ("nog niet", True),
        ("ik ben er nog niet aan toegekomen", True),
        ("ik doe het straks", True),
        ("over een uurtje", True),
        ("liever niet", False),
        ("nooit", False),
        ("komt later", True),
        ("morgen graag", True),
        ("vraag me morgen nog eens", True),
        ("ben nu aan het werk", True),
        ("ik ging later weg bij hem", False),
        ("laters", True),
        ("doe ik straks", True),
        ("nee later", True),
        ("kan dat later?", True),
        ("seffens", True),
    ],
)
def test_later_is_heard(text: str, expected: bool) -> None:  # noqa: FBT001
    assert says_later(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gedaan", True),
        ("klaar", True),
        ("is gelukt", True),
        ("heb ik gedaan", True),
        ("Gedaan!", True),
        ("ja gedaan", True),
        ("nog niet gedaan", False),
        ("ik ben er klaar mee", False),
        ("ik ben klaar", True),
        ("niet gelukt", False),
        ("✅", True),
        ("done", True),
        ("heb het gedaan", True),
        ("oefening gedaan", True),
        ("wat heb ik gedaan", False),
        ("klaar met hem", False),
        ("het is gelukt hoor", True),
        ("gedaan 💪", True),
        ("gedan", True),
        ("ik heb de oefening gedaan", True),
        ("net gedaan", True),
        ("bijna klaar", False),
        ("het is gedaan tussen ons", False),
        ("helemaal klaar met alles", False),
        ("ik ben klaar met leven", False),
        ("gedaan?", False),
        ("kheb het gedaan", True),
        ("Yes, gelukt", True),
    ],
)
def test_done_is_heard_and_done_with_somebody_is_not(text: str, expected: bool) -> None:  # noqa: FBT001
    assert says_done(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("liever niet", True),
        ("geen vervolg", True),
        ("hoeft niet", True),
        ("nee dank je", True),
        ("Nee, dank je wel!", True),
        ("liever geen vervolg", True),
        ("laat maar", True),
        ("niet meer", True),
        ("ik wil niet meer leven", False),
        ("later", False),
        ("hoeft niet meer", True),
        ("nee bedankt", True),
        ("geen behoefte aan", True),
        ("gedaan", False),
        ("geen zin", True),
        ("geen zin meer in het leven", False),
        ("niet nodig", True),
        ("nee hoor dank je", True),
        ("ja", False),
        ("nee", False),
    ],
)
def test_no_more_is_heard_and_never_in_no_more_living(text: str, expected: bool) -> None:  # noqa: FBT001
    assert says_no_more(text) is expected


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for reading in (parse_yes_no, says_later, says_done, says_no_more, parse_number):
        reading(text)


@pytest.mark.parametrize("unit", ["doe het ", "niet nu ", "nee hoor ", "het is gedaan ", "7 of ", "een "])
def test_a_long_text_is_no_answer(unit: str) -> None:
    text = unit * 1250
    assert parse_yes_no(text) is None
    assert not says_later(text)
    assert not says_done(text)
    assert not says_no_more(text)
    assert parse_scale(text, 0, 10) is None
