"""A person's own safety plan in Markdown, and what stands around it. Built in, as the answers to an alarm are."""

import re
from collections.abc import Sequence
from typing import Final

from bot.core.markup import escape_markdown
from bot.core.safety.texts import in_need
from bot.core.safety_plan import SafetyPlan

_LONGEST_TEXT: Final = 3_000
_PHONE: Final = re.compile(r"(?<!\d)(?:\\\+\d{2}|0)(?:[ ]|\\-|\d){7,14}\d(?!\d)")


def plan(written: SafetyPlan, first: str) -> tuple[str, ...]:
    """The person's own plan in Markdown after `first`, whom to call; more than one text when it is a long one."""
    texts = [first]
    for heading, lines in written.filled:
        part = f"**{heading}**\n{_listed(lines)}"
        if len(texts[-1]) + len(part) > _LONGEST_TEXT:
            texts.append(part)
        else:
            texts[-1] = f"{texts[-1]}\n\n{part}"
    return tuple(texts)


def in_calm(zone: str) -> str:
    """What a plan begins with that is looked at without an alarm."""
    return f"**Mijn plan.** Kan het niet wachten? {in_need(zone)}"


def farewell(zone: str) -> str:
    """What a plan begins with that is shown for the last time: under 16 it is not kept."""
    return (
        "Ook je plan bewaar ik niet meer. Hier staat het nog één keer. Het is van jou: schrijf het over, of laat het "
        f"zien aan iemand die je vertrouwt. Kan het niet wachten? {in_need(zone)}"
    )


def no_plan(first: str) -> str:
    """Asked for in a bad hour, and there is none: nothing has to be written now."""
    return (
        f"{first}\n\nEen eigen plan staat hier nog niet, en dat hoeft nu ook niet. Eerst jij. Is er iemand bij wie je "
        "nu kunt zijn, of die je kunt bellen?"
    )


def beside_plan(*, kept: bool) -> str:
    """After an alarm that rang while the person was writing the plan; `kept`: these words stand in it now."""
    if kept:
        return (
            "Wat je net schreef, heb ik in je plan gezet. Verder schrijven hoeft nu niet. Met KRACHT zie je het terug, "
            "op elk moment."
        )
    return (
        "Verder schrijven aan je plan hoeft nu niet. Wat er al stond, is bewaard. Wat je net schreef, heb ik er niet "
        "bij gezet; dat kan later nog, in andere woorden. Met KRACHT zie je je plan, op elk moment."
    )


def shown(line: str) -> str:
    """The person's own words in Markdown, with numbers that can be tapped."""
    return _PHONE.sub(_called, escape_markdown(line))


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {shown(line)}" for line in lines)


def _called(found: re.Match[str]) -> str:
    """A number that can be tapped; the person's own words were escaped before."""
    shown = found[0]
    digits = re.sub(r"[^\d+]", "", shown)
    return f"[{shown}](tel:{digits})" if 9 <= len(digits) <= 15 else shown
