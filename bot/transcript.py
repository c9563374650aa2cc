"""A simulated conversation as a person reads it: in the terminal, as plain lines, or as a page to send on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from jinja2 import Environment, PackageLoader, select_autoescape
from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from bot.core.dutch import clock, long_date
from bot.core.markup import to_plain_text, to_web_html
from bot.simulation import Line


def in_terminal(console: Console, lines: Sequence[Line]) -> None:
    for day, messages in _by_day(lines):
        console.print(Rule(long_date(day), style="dim"))
        for line in messages:
            _print_line(console, line)


def _print_line(console: Console, line: Line) -> None:
    at = clock(line.at.time())
    if line.speaker == "person":
        console.print(Padding(Text(f"{line.text}  {at}", style="bold green"), (0, 0, 1, 24)))
        return
    console.print(Text(f"{at}  bot", style="dim"))
    console.print(Padding(Markdown(line.text), (0, 16, 0, 2)))
    if line.picture:
        console.print(Padding(Text(f"[afbeelding: {line.picture}]", style="dim"), (1, 16, 0, 2)))
    if line.buttons:
        console.print(Padding(Text("  ".join(f"[{label}]" for label in line.buttons), style="cyan"), (0, 0, 0, 2)))
    console.print()


def as_text(lines: Sequence[Line]) -> Iterator[str]:
    """Plain lines, for a file or a pipe."""
    for day, messages in _by_day(lines):
        yield f"== {long_date(day)} {day.year}"
        for line in messages:
            who = "jij" if line.speaker == "person" else "bot"
            text = line.text if line.speaker == "person" else to_plain_text(line.text)
            yield f"{clock(line.at.time())} {who}: {text}"
            if line.picture:
                yield f"          [afbeelding: {line.picture}]"
            if line.buttons:
                yield "          " + "  ".join(f"[{label}]" for label in line.buttons)
            yield ""


def as_page(lines: Sequence[Line], title: str, subtitle: str) -> str:
    """One HTML page without anything outside it."""
    days = [(long_date(day), list(messages)) for day, messages in _by_day(lines)]
    return page("transcript.html", title=title, subtitle=subtitle, days=days)


def page(template: str, **values: object) -> str:
    """A page of chat bubbles from one of our own templates."""
    environment = Environment(loader=PackageLoader("bot", "templates"), autoescape=select_autoescape())
    environment.filters["markdown"] = to_web_html
    environment.filters["clock"] = lambda line: clock(line.at.time())
    return environment.get_template(template).render(**values)


def _by_day(lines: Iterable[Line]) -> Iterator[tuple[date, list[Line]]]:
    for day, messages in groupby(lines, key=lambda line: line.at.date()):
        yield day, list(messages)
