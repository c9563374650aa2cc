"""What the bot answers to an alarm. Built in, so that no broken content file can lose it."""

from datetime import datetime
from typing import Final

from bot.core.markup import escape_markdown
from bot.core.safety.alarm import Alarm
from bot.core.safety.helplines import COUNTRY_OF_ZONE, Country, helpline, open_helpline

Button = tuple[str, str]

ASKED: Final = "menu.hard"
"""The rule of "Ik heb het moeilijk": the choices were asked for, and nothing is frozen by that."""

_PLAN: Final[Button] = ("alarm:plan", "Mijn eigen plan")
_GROUND: Final[Button] = ("alarm:ground", "Oefening, 2 minuten")
_HUMAN: Final[Button] = ("alarm:human", "Een mens spreken")
_TOO_MUCH: Final = "Te veel? Stop, kijk om je heen, typ TE VEEL."
_ELSEWHERE: Final = "Bel het noodnummer waar je bent. In de Europese Unie is dat 112."


def reply(
    alarm: Alarm,
    *,
    zone: str,
    takeover_name: str | None,
    repeat: bool,
    now: datetime,
    practice: str,
    minor: bool = False,
    told: bool = False,
) -> tuple[str, tuple[Button, ...]]:
    """The Markdown text and the (action, label) buttons for an alarm.

    `zone` is the person's IANA time zone, which tells the country; outside the Netherlands and Belgium the text names
    the emergency number of the place. `takeover_name`: who of the practice is talking, during a takeover. `repeat`:
    the same tier within ten minutes, so one short line. `now` is aware; lines that are closed then are not named.
    `minor`: somebody under 16, for whom there is a line of their own. `told`: the practice gets a word about this.
    """
    country = COUNTRY_OF_ZONE.get(zone)
    if repeat:
        return _short(alarm, country), ()
    paragraphs = (
        _lines(alarm, country),
        _heard(alarm),
        _line_for_children(country, now) if minor else _quieter_lines(alarm, country, now),
        _who_reads(takeover_name, practice, country, told),
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph), _buttons(alarm, country, minor=minor)


GROUNDING: Final = (
    """**Twee minuten, ogen open.** In jouw tempo: tik op Verder als je zover bent.

Zet je voeten op de grond. Voel de vloer eronder.""",
    "Kijk om je heen. Noem vijf dingen die je ziet, hardop of in stilte.",
    "Raak vier dingen aan die dichtbij zijn. Zijn ze koud of warm, ruw of glad?",
    "Luister. Welke drie geluiden hoor je?",
    "Adem rustig in, en langzaam uit. Uit mag langer duren dan in. Vijf keer, of zo vaak als het prettig is.",
    "Kijk nog eens om je heen. Zeg zacht: ik ben hier.",
)
"""A grounding exercise of two minutes, eyes open, a step at a time."""


def kind_of(alarm: Alarm) -> str:
    """What an alarm is about, in the kinds that have a text of their own."""
    return "violence" if _is_violence(alarm) else "other" if alarm.third_party else "self"


def _is_violence(alarm: Alarm) -> bool:
    return alarm.rule.startswith(("abuse.", "model.abuse"))


def grounding(step: int, zone: str) -> str:
    """The step, from 0, in Markdown; the first and the last say how to stop, the last whom to call."""
    text = GROUNDING[step]
    if step == 0:
        return f"{text}\n\n{_TOO_MUCH}"
    if step == len(GROUNDING) - 1:
        return f"{text}\n\n{_TOO_MUCH} Gaat het niet? {in_need(zone)}"
    return text


def call_first(alarm: Alarm, zone: str) -> str:
    """Whom to call, as the answer to that alarm has it."""
    return _lines(alarm, COUNTRY_OF_ZONE.get(zone))


def call(
    alarm: Alarm, *, zone: str, takeover_name: str | None, now: datetime, practice: str, minor: bool
) -> tuple[str, tuple[Button, ...]]:
    """The answer to the choice to call, with the other choices: the number and what to do, and nothing said twice.

    The arguments are those of `reply`.
    """
    country = COUNTRY_OF_ZONE.get(zone)
    line = None if country is None or _is_violence(alarm) else helpline("suicide", country)
    in_writing = f" Lukt praten niet? Chat op [{line.chat}](https://www.{line.chat})." if line and line.chat else ""
    paragraphs = (
        _lines(alarm, country),
        f"Je hoeft niet te bedenken wat je gaat zeggen. Zeg gewoon hallo; wie opneemt, vraagt verder.{in_writing}",
        _line_for_children(country, now) if minor else "",
        _who_reads(takeover_name, practice, country, told=False) if takeover_name is not None else "",
    )
    _, *others = _buttons(alarm, country, minor=minor)
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph), tuple(others)


def in_need(zone: str) -> str:
    """Whom to call, in one sentence, by the person's IANA time zone: no Dutch line to somebody who is elsewhere."""
    country = COUNTRY_OF_ZONE.get(zone)
    line = helpline("suicide", country) if country is not None else None
    if line is None:
        return "Bel het noodnummer waar je bent."
    return f"Bel **{line.number}**, dag en nacht, of **112** bij direct gevaar."


def to_talk(zone: str) -> str:
    """Who listens to any story, and whom to call in need, by the person's IANA time zone."""
    country = COUNTRY_OF_ZONE.get(zone)
    line = helpline("listening", country) if country is not None else None
    if line is None:
        return in_need(zone)
    hours = f", {line.how}" if line.how else ""
    return f"{line.name}: **{line.number}**{hours}. Kan het niet wachten? {in_need(zone)}"


def _lines(alarm: Alarm, country: Country | None) -> str:
    """First of all: whom to call."""
    if country is None:
        return f"**{_ELSEWHERE}**"
    if _is_violence(alarm):
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
    if _is_violence(alarm):
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
    if alarm.rule == ASKED:
        return "Fijn dat je dat zegt. Er hoeft nu niets."
    return "Dat klinkt zwaar. Dank je dat je het zegt. De oefeningen staan even stil; er hoeft nu niets."


def _line_for_children(country: Country | None, now: datetime) -> str:
    """Only at hours at which somebody answers; the lines before it are for every age."""
    line = open_helpline("children", country, now) if country is not None else None
    if line is None:
        return "Is er een volwassene die je vertrouwt? Vertel het diegene, of laat dit gesprek lezen."
    return (
        f"Tot je 18e kun je ook bellen met de {line.name}: **{line.number}**, {line.how}. Is er een volwassene die je "
        "vertrouwt? Vertel het diegene, of laat dit gesprek lezen."
    )


def _quieter_lines(alarm: Alarm, country: Country | None, now: datetime) -> str:
    if country is None or alarm.tier != "C" or alarm.third_party:
        return ""
    mind = open_helpline("mind", country, now)
    return (
        f"Voor vragen over hoe je je voelt kun je op werkdagen ook bellen met {mind.name}: {mind.number}."
        if mind
        else ""
    )


def _who_reads(takeover_name: str | None, practice: str, country: Country | None, told: bool) -> str:  # noqa: FBT001
    if takeover_name is not None:
        call = {"NL": "112 of 113", "BE": "112 of 1813", None: "het noodnummer waar je bent"}[country]
        return f"Ik ben de bot; ik weet niet of {escape_markdown(takeover_name)} dit nu leest. Bel {call}."
    bot = f"Ik ben een bot van {escape_markdown(practice)}."
    if told:
        return (
            f"{bot} De praktijk krijgt een seintje, zonder je woorden; ik weet niet wanneer iemand het ziet. Wacht er "
            "niet op. Kies wat nu helpt:"
        )
    return f"{bot} Er leest nu niemand mee; een mens van de praktijk ziet dit misschien pas later. Kies wat nu helpt:"


def _short(alarm: Alarm, country: Country | None) -> str:
    if country is None:
        return f"{_ELSEWHERE} Je hoeft dit niet alleen te doen."
    if alarm.tier == "C":
        listening = helpline("listening", country)
        assert listening is not None
        return (
            f"Wil je praten? {listening.name}: {listening.number}. Bij gevaar: 112. Je hoeft dit niet alleen te dragen."
        )
    kind = "suicide" if not _is_violence(alarm) else "violence" if country == "NL" else "listening"
    line = helpline(kind, country)
    named = (
        ""
        if line is None
        else f" of {line.number}"
        if line.name.startswith(line.number)
        else f", of {line.name}: {line.number}"
    )
    return f"Bel 112{named}. Je hoeft dit niet alleen te doen."


def _buttons(alarm: Alarm, country: Country | None, *, minor: bool) -> tuple[Button, ...]:
    """Without a plan where there is none to show: it is about somebody else, or it was erased (under 16)."""
    call: Button = ("alarm:call", _call_label(alarm, country))
    if alarm.third_party or minor or _is_violence(alarm):
        return (call, _GROUND, _HUMAN)
    return (call, _PLAN, _GROUND, _HUMAN)


def _call_label(alarm: Alarm, country: Country | None) -> str:
    if country is None:
        return "Bel het noodnummer"
    if _is_violence(alarm):
        return "Bel Veilig Thuis" if country == "NL" else "Bel 112"
    if alarm.tier == "A":
        return "Bel 112" if alarm.third_party else "Bel 112 of 113" if country == "NL" else "Bel 112 of 1813"
    return "Bel 113" if country == "NL" else "Bel 1813"
