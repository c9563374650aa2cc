"""What the bot answers to an alarm. Built in, so that no broken content file can lose it."""

import re
from datetime import datetime
from typing import Final

from bot.core.safety.alarm import Alarm
from bot.core.safety.helplines import COUNTRY_OF_ZONE, Country, helpline, open_helpline, verify_helplines

__all__ = ["grounding", "in_need", "reply", "verify_helplines"]

Button = tuple[str, str]

_PLAN: Final[Button] = ("alarm:plan", "Mijn eigen plan")
_GROUND: Final[Button] = ("alarm:ground", "Oefening, 2 minuten")
_HUMAN: Final[Button] = ("alarm:human", "Een mens spreken")
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>#~|])")

_ELSEWHERE: Final = "Bel het noodnummer waar je bent. In de Europese Unie is dat 112."


def reply(
    alarm: Alarm, *, zone: str, takeover_name: str | None, repeat: bool, now: datetime, practice: str
) -> tuple[str, tuple[Button, ...]]:
    """The Markdown text and the (action, label) buttons for an alarm.

    `zone` is the person's IANA time zone, which tells the country; outside the Netherlands and Belgium the text names
    the emergency number of the place. `takeover_name`: who of the practice is talking, during a takeover. `repeat`:
    the same tier within ten minutes, so one short line. `now` is aware; lines that are closed then are not named.
    """
    country = COUNTRY_OF_ZONE.get(zone)
    if repeat:
        return _short(alarm, country), ()
    paragraphs = (
        _lines(alarm, country),
        _heard(alarm),
        _quieter_lines(alarm, country, now),
        _who_reads(takeover_name, practice, country),
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph), _buttons(alarm, country)


def grounding() -> str:
    """A grounding exercise of two minutes, eyes open."""
    return (
        "**Twee minuten, ogen open.**\n\n"
        "1. Zet je voeten op de grond. Voel de vloer eronder.\n"
        "2. Kijk om je heen en noem vijf dingen die je ziet.\n"
        "3. Noem vier dingen die je kunt aanraken. Raak er één aan: is het koud, warm, ruw, glad?\n"
        "4. Luister: welke drie geluiden hoor je?\n"
        "5. Adem rustig in, en langzaam uit. Uit mag langer duren dan in. Doe dat vijf keer.\n"
        "6. Kijk nog eens om je heen. Zeg zacht: ik ben hier.\n\n"
        "Te veel? Stop, kijk om je heen, typ TE VEEL. Gaat het niet? Bel 112, of het noodnummer waar je bent."
    )


def in_need(zone: str) -> str:
    """Whom to call, in one sentence, by the person's IANA time zone: no Dutch line to somebody who is elsewhere."""
    country = COUNTRY_OF_ZONE.get(zone)
    line = helpline("suicide", country) if country is not None else None
    if line is None:
        return "Bel het noodnummer waar je bent."
    return f"Bel **{line.number}**, dag en nacht, of **112** bij direct gevaar."


def _lines(alarm: Alarm, country: Country | None) -> str:
    """First of all: whom to call."""
    if country is None:
        return f"**{_ELSEWHERE}**"
    if alarm.rule.startswith("abuse."):
        return _violence_lines(alarm, country)
    suicide = _named("suicide", country)
    if alarm.tier == "C":
        return f"Wil je iemand spreken? Bel {_named('listening', country)}. Denk je aan de dood? Bel {suicide}."
    if alarm.third_party:
        danger = "Is diegene nu in gevaar? **Bel 112** en blijf erbij als dat veilig kan."
        return f"{danger}\nBel om te overleggen {suicide}. Dat kan ook als je je zorgen maakt om een ander."
    if alarm.tier == "A":
        return f"**Bel nu 112** als je in gevaar bent of jezelf al iets hebt aangedaan.\nBel {suicide}."
    return f"Bel {suicide}.\nBen je nu in gevaar? **Bel 112.**"


def _violence_lines(alarm: Alarm, country: Country) -> str:
    danger = "Is er nu gevaar? **Bel 112.**"
    if not alarm.third_party:
        danger = "Is er nu gevaar? **Bel 112.** Ga naar een veilige plek als dat kan."
    line = "violence" if helpline("violence", country) else "listening"
    return f"{danger}\nBel {_named(line, country)}. Dat kan ook om te overleggen."


def _named(line_id: str, country: Country) -> str:
    """The line as a text names it: "**113** of 0800-0113 (113.nl), dag en nacht, gratis, anoniem"."""
    line = helpline(line_id, country)
    if line is None:
        raise LookupError(f"no helpline {line_id} in {country}")
    number = f"**{line.number}**" if line.name.startswith(line.number) else f"**{line.name}: {line.number}**"
    also = f" of {line.also}" if line.also else ""
    site = f" ({line.site})" if line.site else ""
    return f"{number}{also}{site}" + (f", {line.how}" if line.how else "")


def _heard(alarm: Alarm) -> str:
    if alarm.rule.startswith("abuse."):
        return (
            "Dank je dat je dit zegt. Wat je schrijft is ernstig, en je hoeft het niet alleen op te lossen.\n"
            "Kijkt er iemand mee op je telefoon? Wis dan dit gesprek."
        )
    if alarm.rule.startswith("loss."):
        return "Wat een verlies. Dank je dat je het zegt. Je hoeft dit niet alleen te dragen."
    if alarm.third_party:
        return (
            "Wat zwaar om dit te horen van iemand om wie je geeft. Vragen naar de dood maakt het niet "
            "erger; luisteren helpt.\n"
            "Je hoeft dit niet alleen te dragen, en je hoeft het niet geheim te houden."
        )
    if alarm.tier == "A":
        return (
            "Ik neem serieus wat je schrijft. Ga naar iemand toe, of vraag iemand om nu bij je te komen. Leg "
            "weg waarmee je jezelf iets kunt aandoen."
        )
    if alarm.tier == "B":
        return (
            "Dank je dat je dit zegt. Dat is moeilijk, en je hoeft er niet alleen mee te zijn. Is er iemand "
            "die nu bij je kan zijn, of die je kunt bellen?"
        )
    return "Dat klinkt zwaar. Dank je dat je het zegt. De oefeningen staan even stil; er hoeft nu niets."


def _quieter_lines(alarm: Alarm, country: Country | None, now: datetime) -> str:
    if country is None or alarm.tier != "C" or alarm.third_party:
        return ""
    mind = open_helpline("mind", country, now)
    return (
        f"Voor vragen over hoe je je voelt kun je op werkdagen ook bellen met {mind.name}: {mind.number}."
        if mind
        else ""
    )


def _who_reads(takeover_name: str | None, practice: str, country: Country | None) -> str:
    if takeover_name is not None:
        call = {"NL": "112 of 113", "BE": "112 of 1813", None: "het noodnummer waar je bent"}[country]
        return f"Ik ben de bot; ik weet niet of {_escaped(takeover_name)} dit nu leest. Bel {call}."
    return (
        f"Ik ben een bot van {_escaped(practice)}. Er leest nu niemand mee; een mens van de praktijk ziet "
        f"dit misschien pas later. Kies wat nu helpt:"
    )


def _short(alarm: Alarm, country: Country | None) -> str:
    if country is None:
        return f"{_ELSEWHERE} Je hoeft dit niet alleen te doen."
    kind = "suicide" if not alarm.rule.startswith("abuse.") else "violence" if country == "NL" else "listening"
    line = helpline(kind, country)
    named = (
        ""
        if line is None
        else f" of {line.number}"
        if line.name.startswith(line.number)
        else f", of {line.name}: {line.number}"
    )
    return f"Bel 112{named}. Je hoeft dit niet alleen te doen."


def _buttons(alarm: Alarm, country: Country | None) -> tuple[Button, ...]:
    call: Button = ("alarm:call", _call_label(alarm, country))
    if alarm.third_party or alarm.rule.startswith("abuse."):
        return (call, _GROUND, _HUMAN)
    return (call, _PLAN, _GROUND, _HUMAN)


def _call_label(alarm: Alarm, country: Country | None) -> str:
    if country is None:
        return "Bel het noodnummer"
    if alarm.rule.startswith("abuse."):
        return "Bel Veilig Thuis" if country == "NL" else "Bel 112"
    if alarm.tier == "A":
        return "Bel 112" if alarm.third_party else "Bel 112 of 113" if country == "NL" else "Bel 112 of 1813"
    return "Bel 113" if country == "NL" else "Bel 1813"


def _escaped(name: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(name.split()))
