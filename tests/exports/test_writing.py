"""The published schema, the JSON that keeps to it, and the page that a person reads."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.exports import Export, as_json, as_page, schema
from bot.exports.happened import HAPPENED
from bot.exports.writing import schema_of_model
from tests.talk import practice

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def kept(**more: Any) -> Export:
    return Export.model_validate(
        {
            "made_at": AT,
            "practice": {"slug": "mariposha", "name": "Mariposha", "contact": "info@mariposha.example"},
            "person": {
                "since": AT,
                "zone": "Europe/Amsterdam",
                "hour": "08:30",
                "last_message_at": AT,
                "stopped_at": None,
                "next_at": None,
                "reachable": True,
                "first_link": "insta",
                "recent": [],
                "memory": {
                    "safety_plan": {"signs": ["ik slaap slecht"], "helps": [], "people": ["mijn zus"], "place": []},
                    "keywords": {"HECHTING": "2026-03-02T09:30:00Z"},
                    "measures": [{"on": "2026-03-02", "question": "spanning", "number": 7}],
                },
            },
            "contacts": [{"channel": "telegram", "id": "77", "name": "Sanne <b>", "reachable": True, "since": AT}],
            "consents": [
                {"name": "daily", "given": True, "version": "daily/1", "at": AT, "message": "in:x:telegram:1"}
            ],
            "enrollments": [
                {"program": "eerste", "state": "active", "started_on": "2026-03-02", "steps_done": ["een"]}
            ],
            "answers": [
                {
                    "question": "spanning",
                    "program": "eerste",
                    "step": "s",
                    "number": 7,
                    "choice": "",
                    "text": "",
                    "at": AT,
                }
            ],
            "conversation": [
                {
                    "at": AT,
                    "by": "you",
                    "channel": "telegram",
                    "kind": "text",
                    "state": "",
                    "text": "<script>",
                    "buttons": [],
                },
                {
                    "at": AT,
                    "by": "bot",
                    "channel": "telegram",
                    "kind": "reply",
                    "state": "accepted",
                    "text": "**Dag**",
                    "buttons": ["Gedaan"],
                },
            ],
            "events": [{"kind": "enrolled", "at": AT, "data": {"program": "eerste"}}],
            "more": {},
            **more,
        }
    )


def test_the_published_schema_is_that_of_the_export() -> None:
    assert schema() == schema_of_model()
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))


def test_the_json_keeps_to_the_published_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    validator.validate(json.loads(as_json(kept())))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**json.loads(as_json(kept())), "answers": "geen"})


def test_the_page_says_it_in_dutch_and_takes_nobodys_words_for_html() -> None:
    page = as_page(kept(), practice())
    for words in (
        "Eerste reeks",
        "elke dag een stap",
        "2 maart 2026, 10.30",
        "1 stap gehad",
        "Autoriteit Persoonsgegevens",
        "mijn zus",
        "ik slaap slecht",
    ):
        assert words in page
    assert "<script>" not in page and "&lt;script&gt;" in page and "Sanne &lt;b&gt;" in page
    assert "**" not in page and "<form" not in page


def test_everything_that_is_counted_is_told_in_dutch() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py")]
    counted = {kind for text in sources for kind in re.findall(r"""(?:turn\.note\(|Event\(kind=)"(\w+)""", text)}
    assert len(counted) > 30
    assert set(HAPPENED) == counted


def test_a_pause_and_days_are_told_as_people_say_them() -> None:
    person = kept().person
    for until, told in (("9999-12-31", "tot je VERDER typt"), ("2026-12-03", "tot donderdag 3 december 2026")):
        memory = {**person.memory, "paused_until": until}
        page = as_page(kept(person=person.model_copy(update={"memory": memory})), practice())
        assert told in page and "spanning 7 (maandag 2 maart 2026)" in page
        assert "begonnen op maandag 2 maart 2026" in page and "9999" not in page and "2026-" not in page


def test_a_person_of_whom_nothing_is_left_but_the_first_contact_has_a_page_too() -> None:
    nothing: dict[str, Any] = {
        name: [] for name in ("contacts", "consents", "enrollments", "answers", "conversation", "events")
    }
    page = as_page(kept(**nothing), None)
    assert "Je doet nergens aan mee." in page and "Teksten worden na een tijd gewist." in page


def test_what_a_later_table_holds_stands_on_the_page() -> None:
    page = as_page(kept(more={"plans": [{"text": "bel mijn zus", "made": {"on": "2026-03-02"}}]}), None)
    assert "plans" in page and "bel mijn zus" in page


def test_a_served_page_can_be_saved_once_and_obeys_the_content_policy() -> None:
    page = as_page(kept(), None, nonce="abc", again="/gegevens/export-code")
    assert '<style nonce="abc">' in page and 'action="/gegevens/export-code"' in page
