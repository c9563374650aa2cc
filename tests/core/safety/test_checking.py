"""What the safety check promises beside its rates."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.safety import Alarm, check, second
from bot.core.safety.data import load
from bot.core.safety.reading import canonical
from bot.core.safety.rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_keeps_its_own_examples(rule: Rule) -> None:
    for example in rule.examples:
        alarm = check(example)
        assert alarm is not None, example
        # What only the model can confirm is at most tier B.
        assert alarm.tier == rule.tier or (rule.id.endswith(".family") and alarm.tier == "B"), (example, alarm)
    for silent in rule.silent:
        assert check(silent) is None, silent


def test_tier_a_depends_on_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    grave = [rule for rule in RULES if rule.tier == "A" and not rule.id.endswith((".family", ".near"))]
    examples = [example for rule in grave for example in rule.examples]
    with_it = [example for example in examples if (alarm := check(example)) is not None and alarm.tier == "A"]
    monkeypatch.setattr(second, "judge", lambda *_: None)
    monkeypatch.setattr(second, "sees_danger", lambda *_: False)
    without = [example for example in examples if (alarm := check(example)) is not None and alarm.tier == "A"]
    assert len(with_it) == len(examples)
    assert without == with_it


@pytest.mark.parametrize(
    "text",
    ["ik wil graag doorgaan met de oefening", "ik heb erop geklikt", "de rijst is aangebrand", "mijn veerkracht"],
)
def test_an_ordinary_word_one_letter_from_a_grave_one_is_no_typo_of_it(text: str) -> None:
    assert check(text) is None


@pytest.mark.parametrize("label", ["examples", "not"])
def test_a_turn_tells_who_is_in_danger_though_another_is_named(label: str) -> None:
    for text in load("oneself.yaml")[label]:
        alarm = check(text)
        assert alarm is not None, text
        assert alarm.third_party is (label == "not"), text


def test_rule_ids_are_unique_and_violence_is_named_so() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert {rule.id for rule in RULES if rule.id.startswith("abuse.")} >= {"abuse.hits", "abuse.threat", "abuse.unsafe"}


@pytest.mark.parametrize(
    "disguised",
    [
        "ik wil DOOD",
        "ik wil d00d",
        "ik wil dóód",
        "ik wil doooooood",
        "ik wil d*od",
        "ik w i l d o o d",
        "i k w i l d o o d",
        "ik.wil.dood",
        "ik\u200b wil\u200d dood",
        "\u202eik wil dood",
        "ik wіl dооd",  # Cyrillic letters
        "𝐢𝐤 𝐰𝐢𝐥 𝐝𝐨𝐨𝐝",
        "IK   WIL\n\nDOOD!!!",
        "ik wil dood 😭😭",
        "kwil dood",
        "ik wil dooooood haha 😂",
        "zelfm*rd",
        "z3lfm00rd",
        "zelf moord",
        "zelfmoort",
        "s*icide",
    ],
)
def test_a_disguise_does_not_hide_the_words(disguised: str) -> None:
    alarm = check(disguised)
    assert alarm is not None
    assert alarm.tier == "B"


@pytest.mark.parametrize(
    ("mistyped", "tier"),
    [
        ("ik wil niet meer lveen", "B"),
        ("ik wil srterven", "B"),
        ("vanavond maak ik er een eidne aan", "A"),
        ("ik spring van de brgu", "A"),
        ("ik heb een hele strip slaappilen geslkit", "A"),
        ("het komt nooit meer geod met mijn levne, ik zie geen uitwge", "C"),
        ("i want to kill myslef", "B"),
    ],
)
def test_a_slip_of_the_finger_hides_no_danger(mistyped: str, tier: str) -> None:
    alarm = check(mistyped)
    assert alarm is not None
    assert alarm.tier == tier


def test_the_sentence_of_the_facts_is_at_least_tier_c() -> None:
    assert check("Ik besta maar leef niet, ik ben het zat") is not None


def test_words_spread_over_messages_are_read_together() -> None:
    assert check("dood") is None
    alarm = check("dood", ["ik wil"])
    assert alarm is not None
    assert alarm.tier == "B"
    assert check("leven", ["ik wil", "niet meer"]) is not None


def test_only_the_last_three_messages_are_joined() -> None:
    assert check("dood", ["ik wil", "even", "dit", "zeggen"]) is None


def test_an_earlier_alarm_is_not_given_again_for_an_ordinary_message() -> None:
    assert check("ok", ["ik wil dood"]) is None
    assert check("een 7", ["ik wil niet meer leven", "ja"]) is None


def test_a_vague_plan_is_a_plan_after_a_wish() -> None:
    assert check("vanavond doe ik het") is None
    alarm = check("vanavond doe ik het", ["ik wil dood"])
    assert alarm is not None
    assert alarm.tier == "A"


@pytest.mark.parametrize(
    ("harmless", "grave"),
    [
        ("hij slaat me altijd met kaarten", "hij slaat me altijd"),
        ("hij duwt me altijd om te gaan sporten, lief bedoeld", "hij duwt me altijd tegen de muur"),
    ],
)
def test_words_of_blows_in_a_game_are_none(harmless: str, grave: str) -> None:
    assert check(harmless) is None
    alarm = check(grave)
    assert alarm is not None
    assert alarm.rule.startswith("abuse.")


def test_grief_about_a_suicide_is_not_read_as_a_plan() -> None:
    assert check("mijn broer heeft zelfmoord gepleegd") == Alarm("C", third_party=False, rule="loss.suicide")


def test_the_one_who_wishes_is_the_one_named_last() -> None:
    other, oneself = check("mijn vriendin zegt dat ze dood wil"), check("mijn vriendin weet niet dat ik dood wil")
    assert other is not None
    assert oneself is not None
    assert other.third_party
    assert not oneself.third_party


@pytest.mark.parametrize(
    "text",
    [
        "ik vond een brief van mijn dochter, ze neemt afscheid",
        "ik heb een afscheidsbrief gevonden op zijn bureau",
        "mijn nichtje is weggelopen en schrijft dat ze dood wil",
    ],
)
def test_what_was_found_or_read_is_the_danger_of_another(text: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert alarm.third_party


@pytest.mark.parametrize(
    "text",
    [
        "sinds zij weg is wil ik dood",
        "failliet. vrouw weg. vannacht schiet ik mezelf dood",
        "ik heb vorige week geprobeerd mezelf te doden in bad, hij heeft me eruit gehaald",
        "mijn zoon heeft een poging gedaan en nu wil ik zelf ook dood",
        "mijn man slaat me en zegt dat hij zelfmoord pleegt",
    ],
)
def test_who_is_in_danger_too_is_not_taken_for_one_who_worries(text: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert not alarm.third_party


@pytest.mark.parametrize(
    "text",
    [
        "Sanne wil dood",
        "ik wil niet dood maar mijn vriendin wel",
        "ze wil dood, mijn dochter",
        "mijn zoon fluisterde: ik wil dood",
        "mijn teamleider praat over zelfdoding",
        "niet voor mezelf maar voor mijn broer, die wil er niet meer zijn",
        "ik kreeg een bericht van mijn ex: dit is mijn laatste nacht",
        "Kevin appt: tegen de tijd dat je dit leest ben ik weg",
        "mijn buurjongen wil dood, hij zat bij ons op de stoep",
    ],
)
def test_who_is_named_last_quoted_or_only_by_name_is_another(text: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert alarm.third_party


@pytest.mark.parametrize(
    "text", ["ik denk elke dag aan doodgaan", "mijn hoofd wil dood", "dan spring ik, zeg dat maar tegen mijn moeder"]
)
def test_an_ordinary_word_or_somebody_spoken_to_is_no_other(text: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert not alarm.third_party


def test_the_gravest_of_several_alarms_counts() -> None:
    alarm = check("ik zie het niet meer zitten en ik sta op de brug")
    assert alarm is not None
    assert alarm.tier == "A"


@given(st.text(max_size=400), st.lists(st.text(max_size=50), max_size=4))
def test_any_text_is_read_without_an_error(text: str, recent: list[str]) -> None:
    check(text, recent)


@given(st.text(alphabet="ikwldonterhamsv .!*0", max_size=200))
def test_any_word_salad_is_read_without_an_error(text: str) -> None:
    check(text)


@given(
    st.sampled_from(["ik wil dood", "ik wil niet meer leven", "mijn man slaat me", "ik ga mezelf ophangen"]),
    st.text(max_size=60),
)
@settings(max_examples=60)
def test_what_stands_in_another_sentence_does_not_silence_an_alarm(danger: str, other: str) -> None:
    assert check(f"{danger}. ") is not None
    assert check(f"zeg. {danger}. {other.replace('*', ' ').replace('_', ' ')}") is not None


@given(st.text(max_size=200))
def test_reading_canonically_gives_single_spaces_and_lower_case(text: str) -> None:
    line = canonical(text)
    assert line == " ".join(line.split())


def test_every_process_judges_alike() -> None:
    """A set has another order in each process; where two phrases lie equally near, that once decided the alarm."""
    judging = "from bot.core.safety import check; import sys; print([check(text) for text in sys.argv[1:]])"
    texts = [
        "ik voel helemaal niks meer",
        "morgen maakt toch niet meer uit",
        "mijn kinderen verdienen een betere moeder dan ik",
        "zodra mijn moeder begraven is volg ik haar, ik heb alles liggen",
        "over een uur voel ik niks meer",
    ]
    said = {
        subprocess.run(
            [sys.executable, "-c", judging, *texts],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1


def _seconds(text: str) -> float:
    best = 9.0
    for _ in range(3):
        start = time.process_time()
        check(text)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    "unit",
    [
        "ik wil er niet meer zijn ",
        "hij slaat een ",
        "a",
        "* ",
        "z.e.",
        "dood . ",
        "heb veel hele ",
        "niet ",
        "pillen alle geslikt ",
        "hij slaat me ",
        "brug spring . ",
    ],
)
def test_a_long_text_takes_time_in_proportion(unit: str) -> None:
    short, long = unit * (5_000 // len(unit)), unit * (20_000 // len(unit))
    assert _seconds(long) < 12 * _seconds(short) + 0.02
    assert _seconds(long) < 1


def test_a_normal_message_takes_a_fraction_of_a_millisecond() -> None:
    text = "ik weet het niet zo goed, misschien morgen weer even kijken hoe het gaat"
    check(text)
    best = 9.0
    for _ in range(5):
        start = time.process_time()
        for _ in range(50):
            check(text)
        best = min(best, (time.process_time() - start) / 50)
    assert best < 0.001  # 0.1 to 0.2 ms on an idle core; the rest is for a busy machine


def test_small_talk_around_danger_hides_nothing_and_makes_none() -> None:
    talk = [
        "mijn zus komt zondag eten en de tuin staat er mooi bij",
        "ik heb een brief geschreven aan de gemeente over de bomen",
        "vanavond eten we soep met brood en daarna kijken we een film",
        "de buurman zei dat hij morgen de heg gaat snoeien",
    ]
    assert check(". ".join(talk)) is None
    for at in range(len(talk) + 1):
        alarm = check(". ".join([*talk[:at], "ik wil niet meer leven", *talk[at:]]))
        assert alarm is not None
        assert alarm.tier in {"A", "B"}
