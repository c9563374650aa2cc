"""A small practice that breaks no rule, as files; tests change one thing and see what is said about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.content.model import Library
from bot.core.content.parse import parse
from bot.core.content.report import Finding

HOME = "practices/wilg/"
WORD = f"{HOME}keywords/grens/"
PROGRAM = f"{HOME}programs/nabij/"
PHRASES = {"welcome": frozenset({"keywords"}), "stopped": frozenset[str]()}
STOP_LINE = "Te veel? Stop, kijk om je heen, typ TE VEEL."
LESSON = "Vandaag gaat het over rust en over ruimte in jouw lijf. " * 5

_STEPS = {
    "01-welkom.md": f"---\nkind: lesson\n---\n{LESSON}\n",
    "02-spanning.md": """---
kind: checkin
question:
  id: spanning
  kind: scale
answers:
  - if: 0-5
    reply: Fijn.
  - if: 6-10
    reply: Dank je.
---
Hoeveel spanning is er nu?
""",
    "03-keuze.md": """---
kind: checkin
question:
  id: beweging
  kind: choice
  choices:
    - id: voren
      label: Naar voren
    - id: achteren
      label: Naar achteren
answers:
  - if: voren
    reply: Dank je.
    tag: voren
  - if: else
    reply: Goed.
---
Wat doe je het eerst?
""",
    "04-voeten.md": f"""---
kind: exercise
exercise: feet
origin: nabij
partner: true
only: voren
---
Voel je voeten.

Zeg het alleen als je je veilig voelt bij die ander. Bang? Bel Veilig Thuis, 0800-2000.

{STOP_LINE}
""",
    "05-les.md": f"---\nkind: lesson\n---\n{LESSON}\n",
    "06-jaofnee.md": """---
kind: checkin
question: {id: gemerkt, kind: yesno}
answers:
  - {if: ja, reply: Mooi.}
  - {if: nee, reply: Ook goed.}
---
Merkte je iets?
""",
    "07-woord.md": """---
kind: checkin
question: {id: woord, kind: text}
answers:
  - {if: else, reply: Dank je.}
---
Wat helpt jou?
""",
    "08-aanbod.md": "---\nkind: offer\noffer: gesprek\n---\nWil je iemand spreken?\n",
    "09-afscheid.md": "---\nkind: goodbye\n---\nDag, en dank je.\n",
    "program.yaml": "title: Nabij\nabout: Een week over rust\n",
}
_WORD = {
    "keyword.md": """---
keyword: GRENS
aliases: [afbakening]
about: Over grenzen
program: nabij
---
Dit is een grens.
""",
    "exercise.md": f"---\nexercise: breath\norigin: nabij\n---\nAdem lang uit.\n\n{STOP_LINE}\n",
    "nudge-1.md": "Hoe ging het?\n",
    "nudge-2.md": "Nog even.\n",
    "nudge-3.md": "Dag.\n",
    "offer.md": "---\noffer: gesprek\n---\nWil je iemand spreken?\n",
}
EXAMPLE: Mapping[str, str] = {
    "phrases.yaml": "welcome: Hoi, {keywords}\nstopped: Het is stil.\n",
    f"{HOME}practice.yaml": """name: Praktijk De Wilg
short_name: De Wilg
daily_cap: 2
approved:
  by: W. de Vries
  on: 2026-03-01
offers:
  gesprek:
    title: Kennismaking
    link: https://wilg.example/kennismaken
days_off:
  - 2026-04-27
""",
    **{WORD + name: text for name, text in _WORD.items()},
    **{PROGRAM + name: text for name, text in _STEPS.items()},
}


def changed(path: str, old: str, new: str) -> dict[str, str]:
    """The example with one text in one file replaced; `old` must be there."""
    assert old in EXAMPLE[path], f"{old!r} is not in {path}"
    return {**EXAMPLE, path: EXAMPLE[path].replace(old, new, 1)}


def without(path: str) -> dict[str, str]:
    assert path in EXAMPLE
    return {name: text for name, text in EXAMPLE.items() if name != path}


def read(files: Mapping[str, str]) -> tuple[Library | None, list[Finding]]:
    return parse(files, PHRASES)
