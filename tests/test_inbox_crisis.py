"""The built-in crisis reply, with the real safety check and texts."""

from datetime import UTC, datetime

from bot.inbox.crisis import crisis
from tests.fakes import practice

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_a_text_in_danger_is_answered_with_a_line_to_call_without_any_content() -> None:
    found = crisis("ik wil niet meer leven", (), None, NOW)
    assert found is not None
    assert "113" in found.text
    assert found.alarm.at == NOW


def test_it_freezes_with_the_tier_and_rule_and_never_with_the_text() -> None:
    found = crisis("ik wil niet meer leven", (), practice(), NOW)
    assert found is not None
    assert found.alarm.tier in {"A", "B"}
    assert "leven" not in found.alarm.rule


def test_a_plain_word_rings_no_alarm() -> None:
    assert crisis("HECHTING", (), practice(), NOW) is None
