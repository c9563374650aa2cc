"""Every keyboard, in the real content: the first button is the next or affirmative choice, and every label fits."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.content_folder import load_folder
from bot.core.content.model import Practice
from bot.core.messages import Button, Outgoing
from bot.core.schedule import local
from tests.talk import ZONE, Talk

CONTENT = Path(__file__).parents[3] / "content"
REFUSING = ("nee", "liever", "stop", "niet", "terug", "later", "nu niet")
WORDS = (
    "hoi",
    "menu",
    "tijd",
    "pauze",
    "hulp",
    "waarom",
    "privacy",
    "mijn gegevens",
    "te veel",
    "kracht",
    "blabla bla",
)


def keyboards(practice: Practice) -> Iterator[Outgoing]:
    """What a person sees who sends everything, follows every program to its end and then does what is hard."""
    for keyword in practice.keywords:
        talk = Talk("2026-03-02 10:00", content=practice)
        talk.says(keyword)
        talk.says(keyword)
        talk.presses(Button("Gedaan", f"done:{keyword}"))
        yield from (message for _, message in talk.sent)
    for program in practice.programs:
        talk = Talk("2026-03-02 05:00", content=practice).enrolled("08.00", program)
        for _ in range(40):
            talk.until(f"{local(talk.now + timedelta(days=1), ZONE):%Y-%m-%d 12:00}")
            newest = talk.sent[-1][1]
            if newest.buttons and not newest.buttons[0].action.startswith(("now:", "closed", "programs", "daily:")):
                talk.presses(newest.buttons[0])
        for word in (*WORDS, "STOP", "START", "ik wil niet meer leven", "verder"):
            talk.later(minutes=11).says(word)
        yield from (message for _, message in talk.sent)


@pytest.mark.parametrize("slug", sorted(folder.name for folder in (CONTENT / "practices").iterdir()))
def test_the_first_button_leads_on_and_every_label_fits(slug: str) -> None:
    seen = 0
    for message in keyboards(load_folder(CONTENT).practices[slug]):
        for button in message.buttons:
            assert len(button.label) <= 20 or 0 < len(button.short) <= 20, button.label
        if message.buttons and not message.buttons[0].action.startswith("answer:"):
            seen += 1
            assert not message.buttons[0].label.casefold().startswith(REFUSING), message.buttons[0].label
        assert "{" not in message.text and "komt ." not in message.text
    assert seen > 20
