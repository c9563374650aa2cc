"""Times, days and dates as people type them."""

from datetime import date, time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.schedule_words import EARLIEST, LATEST, parse_date, parse_days, parse_time_of_day

_TIMES: Final = (
    ("ik ga om 8 uur slapen maar stuur maar om 7 uur", "07:00"),
    ("half 9", "08:30"),
    ("8u30", "08:30"),
    ("8u", "08:00"),
    ("20.15", "20:15"),
    ("0830", "08:30"),
    ("1930", "19:30"),
    ("8", "08:00"),
    ("acht", "08:00"),
    ("acht uur", "08:00"),
    ("om 8 uur 's ochtends", "08:00"),
    ("'s avonds om 7", "19:00"),
    ("7 uur savonds", "19:00"),
    ("kwart voor 8", "07:45"),
    ("kwart over zeven", "07:15"),
    ("tien voor half 9", "08:20"),
    ("5 over half 8", "07:35"),
    ("half een", "12:30"),
    ("half 1", "12:30"),
    ("half 6", "17:30"),
    ("5 uur", "17:00"),
    ("12 uur 's middags", "12:00"),
    ("8 uur 30", "08:30"),
    ("7pm", "19:00"),
    ("vanavond 8 uur", "20:00"),
    ("morgen om 8", "08:00"),
    ("doe maar rond half acht graag", "07:30"),
    ("achten", "08:00"),
    ("half negen", "08:30"),
    ("ten achten", "08:00"),
    ("8h30", "08:30"),
    ("negen uur in de voormiddag", "09:00"),
    ("in de namiddag om 4", "16:00"),
    ("22:00", "22:00"),
    ("22 uur", "22:00"),
    ("6 uur", "06:00"),
    ("5:59", "17:59"),
    ("06:00", "06:00"),
    ("12", "12:00"),
    ("1 uur", "13:00"),
    ("een uur", "13:00"),
    ("om een uur", "13:00"),
    ("om één uur 's middags", "13:00"),
    ("een uur of 8", "08:00"),
    ("een uur of acht 's avonds", "20:00"),
    ("8 uur of zo", "08:00"),
    ("rond 8en", "08:00"),
    ("8 ure", "08:00"),
    ("8:30u", "08:30"),
    ("20u15", "20:15"),
    ("20h", "20:00"),
    ("kwart na 8", "08:15"),
    ("tien na acht", "08:10"),
    ("kwart voor 1", "12:45"),
    ("kwart over 12", "12:15"),
    ("10 over 12", "12:10"),
    ("half 12", "11:30"),
    ("half 7", "06:30"),
    ("kwart voor 6", "17:45"),
    ("acht uur dertig", "08:30"),
    ("zeven uur vijfenveertig", "07:45"),
    ("8 30", "08:30"),
    ("om 8 uur graag want dan ben ik wakker", "08:00"),
    ("ik zit om 8 uur in de trein", "08:00"),
    ("8 uru", "08:00"),
    ("kwrt voor 8", "07:45"),
    ("hlaf 9", "08:30"),
    ("zevn uur", "07:00"),
    ("morgenavond 8 uur", "20:00"),
    ("elke avond om 9", "21:00"),
    ("elke morgen 7 uur", "07:00"),
    ("goedemorgen, 8 uur graag", "08:00"),
    ("goedenavond doe maar 9 uur", "09:00"),
    ("10 uur 's avonds", "22:00"),
    ("half 10 's avonds", "21:30"),
    ("9 uur 's avonds graag", "21:00"),
    ("9 uur 's avonds (21:00)", "21:00"),
    ("8 uur, dus 08:00", "08:00"),
    ("kwart voor 12", "11:45"),
    ("7u 's avonds", "19:00"),
    ("tegen achten", "08:00"),
    ("'s morgens vroeg om 7", "07:00"),
    ("7 am", "07:00"),
    ("12pm", "12:00"),
    ("ik kan pas vanaf 10 uur", "10:00"),
    ("830", "08:30"),
    ("8.30 uur", "08:30"),
    ("8,30 uur", "08:30"),
    ("20:15 uur", "20:15"),
    ("20 uur", "20:00"),
    ("twintig uur", "20:00"),
    ("twintig over 7", "07:20"),
    ("tien voor 8", "07:50"),
    ("10 min voor 8", "07:50"),
    ("vijf voor half negen", "08:25"),
    ("8 uur?", "08:00"),
    ("8!", "08:00"),
    ("8 uur 👍", "08:00"),
    ("om 8", "08:00"),
    ("liever om 8", "08:00"),
    ("maak er 9 uur van", "09:00"),
    ("9 uur past beter voor mij", "09:00"),
    ("drie uur 's middags", "15:00"),
    ("4 uur in de namiddag", "16:00"),
    ("6 uur 's avonds", "18:00"),
    ("6 uur 's ochtends", "06:00"),
    ("zes uur in de morgen", "06:00"),
    ("8 uur morgenvroeg", "08:00"),
    ("morgen 8u", "08:00"),
    ("20:00", "20:00"),
    ("8:05", "08:05"),
    ("08.30", "08:30"),
    ("8.30", "08:30"),
    ("8 u 30", "08:30"),
    ("half8", "07:30"),
    ("8uur", "08:00"),
    ("8 uur sochtends", "08:00"),
    ("s ochtends 8 uur", "08:00"),
    ("om half tien in de avond", "21:30"),
    ("een", "13:00"),
    ("tijd 8 uur", "08:00"),
    ("acht uur 's-avonds", "20:00"),
    ("'s-avonds 8 uur", "20:00"),
    ("zo rond een uur of negen", "09:00"),
    ("rond een uur of half negen", "08:30"),
    ("elke dag om 7u15", "07:15"),
    ("zeven", "07:00"),
    ("twaalf", "12:00"),
    ("twaalf uur 's middags", "12:00"),
    ("elven", "11:00"),
    ("kwart voor zevenen", "06:45"),
    ("8 uur is prima", "08:00"),
    ("8 is prima", "08:00"),
    ("acht dertig", "08:30"),
    ("om kwart voor acht graag", "07:45"),
    ("'s ochtends rond 7 uur", "07:00"),
    ("10 uur", "10:00"),
    ("10u", "10:00"),
    ("tien uur", "10:00"),
    ("elf uur 's ochtends", "11:00"),
    ("om 6 uur 's ochtends aub", "06:00"),
    ("5 voor 9", "08:55"),
    ("vijf over negen", "09:05"),
    ("kwart over 9 's avonds", "21:15"),
    ("half 8 's avonds", "19:30"),
    ("19u", "19:00"),
    ("19 uur 30", "19:30"),
    ("7:30", "07:30"),
    ("07.30", "07:30"),
    ("7h", "07:00"),
    ("kwart na negen", "09:15"),
    ("10 voor 10", "09:50"),
    ("half zeven 's morgens", "06:30"),
    ("2 uur 's middags", "14:00"),
    ("14 uur", "14:00"),
    ("14.30", "14:30"),
    ("vier uur", "16:00"),
    ("3u", "15:00"),
    ("smorgens 9 uur", "09:00"),
    ("9 uur smorgens", "09:00"),
    ("doe maar 9", "09:00"),
    ("negen graag", "09:00"),
    ("liefst 10 uur", "10:00"),
    ("22.00", "22:00"),
    ("zo rond achten", "08:00"),
    ("om acht uur 's avonds graag", "20:00"),
    ("twee uur", "14:00"),
    ("21:45", "21:45"),
    ("kwart voor tien 's avonds", "21:45"),
    ("8 uur sávonds", "20:00"),
)
_NO_TIMES: Final = (
    "5 uur 's ochtends",
    "11 uur 's avonds",
    "middernacht",
    "ik ben 14",
    "3 kinderen",
    "8 euro",
    "7 dagen",
    "25 uur",
    "13:75",
    "over een uur",
    "10 minuten",
    "8 of 9",
    "tussen 8 en 9",
    "8 uur of 9 uur",
    "'s nachts",
    "3 uur 's nachts",
    "22:01",
    "05:00",
    "half uur",
    "een half uur",
    "over een half uur",
    "over 2 uur",
    "7/10",
    "7,5",
    "8 uur geslapen",
    "ik heb 8 uur geslapen",
    "2 uur per dag",
    "zvene uur",
    "31-12",
    "8-9",
    "8 - 9 uur",
    "0612345678",
    "nee",
    "geen idee",
    "half 11 's avonds",
    "niet om 8 uur",
    "1 uur 's nachts",
    "24 uur",
    "0 uur",
    "00:30",
    "7.50 euro",
    "€ 8.50",
    "'s middags",
    "'s avonds",
    "'s ochtends",
    "ochtend",
    "om 3 redenen",
    "kwartier",
    "een kwartier",
    "12 uur 's avonds",
    "ik ben 7 jaar samen",
    "8:5",
    "laat maar",
    "ik weet het niet, misschien 8?",
    "Om 8 uur of half 9",
    "22:30",
    "23:00",
    "5:30 's ochtends",
    "half 6 's ochtends",
    "ik weet niet",
    "ja",
    "elke ochtend",
    "een half uurtje",
    "binnen een uur",
    "over 10 minuten",
    "het duurt 2 uur",
    "100",
    "99",
    "8 weken",
    "7 keer",
    "8%",
    "-8",
    "8 km",
    "ik ben 8 jaar",
    "24:00",
    "12:60",
    "kwart over",
    "half",
    "uur",
)
_WORDS: Final = ("een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf")


@pytest.mark.parametrize(("text", "expected"), _TIMES)
def test_a_time_of_day_is_understood(text: str, expected: str) -> None:
    assert parse_time_of_day(text) == time.fromisoformat(expected)


@pytest.mark.parametrize("text", _NO_TIMES)
def test_what_is_no_time_or_a_time_of_the_night_is_none(text: str) -> None:
    assert parse_time_of_day(text) is None


@given(
    st.integers(6, 22),
    st.integers(0, 59),
    st.sampled_from(
        [
            "{:02d}:{:02d}",
            "{:02d}.{:02d}",
            "{}u{:02d}",
            "{}h{:02d}",
            "{} uur {:02d}",
            "om {}:{:02d} graag",
            "{:02d}{:02d}",
        ]
    ),
)
def test_clock_notations_keep_their_time(hour: int, minute: int, notation: str) -> None:
    expected = time(hour, minute) if (hour, minute) <= (22, 0) else None
    assert parse_time_of_day(notation.format(hour, minute)) == expected


@given(
    hour=st.integers(1, 12),
    notation=st.sampled_from(["{}", "{} uur", "om {} uur", "doe maar {} uur", "rond {} uur graag", "{}u"]),
    in_words=st.booleans(),
)
def test_without_a_hint_six_to_eleven_are_morning_and_one_to_five_afternoon(
    hour: int, notation: str, *, in_words: bool
) -> None:
    said = _WORDS[hour - 1] if in_words and notation != "{}u" else str(hour)
    assert parse_time_of_day(notation.format(said)) == time(hour if hour >= 6 else hour + 12)


@given(hour=st.integers(1, 12), in_words=st.booleans())
def test_half_is_half_an_hour_before(hour: int, *, in_words: bool) -> None:
    minutes = (hour * 60 - 30) % 720
    minutes += 720 if minutes < 360 else 0
    said = _WORDS[hour - 1] if in_words else str(hour)
    assert parse_time_of_day(f"half {said}") == time(minutes // 60, minutes % 60)


@given(st.integers(1, 11), st.sampled_from(["'s avonds", "savonds", "in de avond"]))
def test_in_the_evening_only_five_to_ten(hour: int, part: str) -> None:
    expected = time(hour + 12) if 5 <= hour <= 10 else None
    assert parse_time_of_day(f"{hour} uur {part}") == expected


@given(st.text(max_size=120))
def test_any_text_gives_a_time_within_the_day_or_none(text: str) -> None:
    found = parse_time_of_day(text)
    assert found is None or EARLIEST <= found <= LATEST


@given(st.text(max_size=120), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_any_text_gives_days_and_a_date_in_range_or_none(text: str, today: date) -> None:
    days, day = parse_days(text), parse_date(text, today)
    assert days is None or 1 <= days <= 60
    assert day is None or day >= today


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 dagen", 3),
        ("pauze 5", 5),
        ("een week", 7),
        ("twee weken", 14),
        ("paar dagen", 3),
        ("een paar dagen", 3),
        ("0 dagen", None),
        ("61 dagen", None),
        ("2 maanden", 60),
        ("pauze", None),
        ("pauze tot maandag", None),
        ("3 euro", None),
        ("ik ben 14", None),
        ("week", 7),
        ("een dagje", 1),
        ("anderhalve week", 11),
        ("pauze van 10 dagen aub", 10),
        ("tien dagen", 10),
        ("over 3 dagen", None),
        ("3 uur", None),
        ("1 week en 3 dagen", 10),
        ("vakantie 2 weken", 14),
        ("-3 dagen", None),
        ("dagen", None),
        ("2 weekjes", 14),
        ("een maand", 30),
        ("3 dgn", 3),
        ("pauze 3d", 3),
    ],
)
def test_how_many_days_to_pause(text: str, expected: int | None) -> None:
    assert parse_days(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tot 3 december", "2026-12-03"),
        ("t/m vrijdag", "2026-11-27"),
        ("31-12", "2026-12-31"),
        ("maandag", "2026-11-23"),
        ("overmorgen", "2026-11-24"),
        ("morgen", "2026-11-23"),
        ("zondag", "2026-11-29"),
        ("3 jan", "2027-01-03"),
        ("31-11", None),
        ("30 februari", None),
        ("29 februari", "2028-02-29"),
        ("1/12", "2026-12-01"),
        ("31-12-2026", "2026-12-31"),
        ("2026-12-31", "2026-12-31"),
        ("1-1-2020", None),
        ("volgende week", "2026-11-29"),
        ("volgende week woensdag", "2026-11-25"),
        ("over 3 dagen", "2026-11-25"),
        ("over een week", "2026-11-29"),
        ("tot de 5e", "2026-12-05"),
        ("vandaag", "2026-11-22"),
        ("van maandag tot vrijdag", None),
        ("zo maar", None),
        ("ma", "2026-11-23"),
        ("tot en met 5 dec", "2026-12-05"),
        ("drie december", "2026-12-03"),
        ("hallo", None),
        ("tot donderdga", "2026-11-26"),
        ("5 mei", "2027-05-05"),
        ("over twee weken", "2026-12-06"),
        ("over een paar dagen", "2026-11-25"),
        ("3 dec 2026", "2026-12-03"),
        ("99-99", None),
    ],
)
def test_a_date_is_the_next_one_from_today(text: str, expected: str | None) -> None:
    sunday = date(2026, 11, 22)
    assert parse_date(text, sunday) == (None if expected is None else date.fromisoformat(expected))
