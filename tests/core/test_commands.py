"""Commands: the message that is one, and never one that only contains its word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import Command, command, start_payload


@given(st.text(max_size=250))
def test_any_text_is_read_without_an_error(text: str) -> None:
    command(text)
    start_payload(text)


@pytest.mark.parametrize("unit", ["stop ermee ", "geen berichten meer ", "pauze 3 dagen ", "ik ben 14 "])
def test_a_long_text_is_read_quickly_and_is_no_command(unit: str) -> None:
    assert command(unit * 900) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start", "start"),
        ("weer beginnen", "start"),
        ("/start", "greeting"),
        ("/start ABC", None),
        ("pauze", "pause"),
        ("pauze 3 dagen", "pause"),
        ("vakantie", "pause"),
        ("/pauze", "pause"),
        ("/pauze 3", "pause"),
        ("tijd", "time"),
        ("/tijd", "time"),
        ("andere tijd", "time"),
        ("tijd wijzigen", "time"),
        ("tijd 8 uur", "time"),
        ("tijd 20:00", "time"),
        ("hulp", "help"),
        ("help", "help"),
        ("/help", "help"),
        ("Help!", "help"),
        ("menu", "menu"),
        ("/menu@NabijBot", "menu"),
        ("waarom", "why"),
        ("waarom krijg ik dit?", "why"),
        ("verder", "next"),
        ("volgende stap", "next"),
        ("hoi", "greeting"),
        ("Hallo!", "greeting"),
        ("goedemorgen", "greeting"),
        ("hey", "greeting"),
        ("heyyyy", "greeting"),
        ("hoiiii", "greeting"),
        ("kracht", "safety_plan"),
        ("nood", "safety_plan"),
        ("rustig", "calm"),
        ("te veel", "calm"),
        ("privacy", "privacy"),
        ("mijn gegevens", "my_data"),
        ("wis alles", "erase"),
        ("stuur opnieuw", "resend"),
        ("ik heb geen tijd", None),
        ("pauze tot maandag", "pause"),
        ("vakantie was leuk", None),
        ("ik ga op vakantie", "pause"),
        ("de tijd vliegt", None),
        ("waarom doet hij dit", None),
        ("hulp aub", "help"),
        ("pauze aub", "pause"),
        ("puaze", "pause"),
        ("pauzee", "pause"),
        ("vakntie", "pause"),
        ("goedemorgne", "greeting"),
        ("privcy", "privacy"),
        ("mijn gegvens", "my_data"),
        ("wis ales", "erase"),
        ("volgende stpa", "next"),
        ("daarom", None),
        ("eerder", None),
        ("klacht", None),
        ("tulp", None),
        ("help mijn man", None),
        ("ik wil verder met mijn leven", None),
        ("MENU", "menu"),
        ("menu graag", "menu"),
        ("rustig aan", None),
        ("goede nacht", None),
        ("/tijd 8", "time"),
        ("TE VEEL", "calm"),
        ("pauze voor een week", "pause"),
        ("pauze t/m 3 december", "pause"),
        ("ik wil pauze van 2 weken", "pause"),
        ("ander uur", "time"),
        ("tijd: 9u", "time"),
        ("waarom ik?", None),
        ("verder gaat het goed", None),
        ("hello", "greeting"),
        ("staart", None),
        ("starrt", "start"),
        ("satrt", "start"),
        ("stop", None),
        ("hulpp", "help"),
        ("hlup", "help"),
        ("nodd", None),
        ("wis", "erase"),
        ("ik heb het moeilijk", "struggling"),
        ("tijd om 7 uur 's avonds", "time"),
        ("hoi hoi", "greeting"),
        ("goeiemorgen!", "greeting"),
        ("dag", "greeting"),
        ("?", "help"),
    ],
)
def test_a_message_that_is_a_command(text: str, expected: str | None) -> None:
    assert command(text) == (None if expected is None else Command(expected))


def test_slash_start_alone_greets_and_never_ends_a_stop() -> None:
    assert command("/start") is Command.GREETING
    assert command("start") is Command.START
    assert command("/start ABC") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start abc_-9", "abc_-9"),
        ("/start@NabijBot Q7", "Q7"),
        ("/start", None),
        ("/start a b", None),
        ("/start " + "x" * 64, "x" * 64),
        ("/start " + "x" * 65, None),
        ("/start x\n", None),
        ("/start é", None),
        ("start x", None),
        ("zie /start x", None),
    ],
)
def test_the_code_of_a_deep_link(text: str, expected: str | None) -> None:
    assert start_payload(text) == expected
