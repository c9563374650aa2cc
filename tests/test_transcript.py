"""A simulated conversation, as a person reads it."""

from datetime import UTC, datetime

from rich.console import Console

from bot.simulation import Line
from bot.transcript import as_page, as_text, in_terminal

WEEK = Line(
    at=datetime(2026, 3, 9, 8, tzinfo=UTC),
    speaker="bot",
    kind="week",
    text="**Je week in woorden**",
    picture="Spanning: maandag een 7.",
)


def test_a_picture_is_told_in_words() -> None:
    assert "          [afbeelding: Spanning: maandag een 7.]" in list(as_text([WEEK]))
    assert "Afbeelding: Spanning: maandag een 7." in as_page([WEEK], "Titel", "Onder")
    console = Console(record=True, width=100, quiet=False)
    with console.capture() as shown:
        in_terminal(console, [WEEK])
    assert "[afbeelding: Spanning: maandag een 7.]" in shown.get()
    assert shown.get().splitlines()[1].strip().endswith("bot")


def test_a_message_without_one_says_nothing_of_it() -> None:
    plain = Line(at=WEEK.at, speaker="bot", kind="reply", text="Dag.")
    assert "fbeelding" not in "\n".join([*as_text([plain]), as_page([plain], "Titel", "Onder")])
