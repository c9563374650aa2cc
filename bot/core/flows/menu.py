"""MENU, HULP, WAAROM: the plain commands."""

from __future__ import annotations

from bot.core.dutch import clock, long_date
from bot.core.flows import discreet, followups, steps, welcome
from bot.core.messages import Button, Kind, Outgoing
from bot.core.schedule import local
from bot.core.turn import Turn

MENU = Button("Menu", "menu")


def menu(turn: Turn) -> None:
    turn.say(
        "menu",
        Button("Volgende stap", "next"),
        Button("Tijd", "time"),
        Button("Pauze of stop", "pause-or-stop"),
        Button("Mijn gegevens", "data"),
        Button("Ik heb het moeilijk", "hard"),
        kind=Kind.MENU,
    )


def help_(turn: Turn) -> None:
    """HULP: what the bot can do, and whom to call; in that order of calm, never hiding the second."""
    lines = "\n".join(f"- **{name}**" for name in turn.practice.keywords)
    turn.say("help", MENU, Button("Ik heb het moeilijk", "hard"), keywords=lines)


def pause_or_stop(turn: Turn) -> None:
    turn.say(
        "pause_or_stop",
        Button("Pauze", "pause"),
        Button("Rustiger aan", "calm") if turn.subscriber.dose == 1 else Button("Weer elke dag", "normal"),
        Button("Er is iets gebeurd", "brake"),
        Button("Weer gewoon", "discreet-off") if turn.subscriber.discreet else Button("Discreet", "discreet"),
        Button("Waarom krijg ik dit?", "why"),
        Button("Stop alles", "stop"),
        Button("Terug", "menu"),
    )


def why(turn: Turn) -> None:
    """WAAROM: which program, since when, by which consent, how to stop."""
    subscriber = turn.subscriber
    parts: list[str] = []
    enrollment = turn.active()
    if subscriber.stopped_at is not None:
        parts += [turn.text("stopped_line"), turn.text("why_nothing")]
    elif enrollment is not None:
        program = turn.practice.programs.get(enrollment.program)
        consent = subscriber.consents.get("daily")
        since = local(consent.at, turn.zone).date() if consent is not None else enrollment.started_on
        parts.append(
            turn.text(
                "why_program",
                program=program.title if program is not None else enrollment.program,
                since=long_date(enrollment.started_on),
                consent=long_date(since),
                hour=clock(subscriber.hour) if subscriber.hour is not None else "",
            )
        )
    if enrollment is not None or subscriber.braked:
        parts += _standing_still(turn)
    if enrollment is not None and subscriber.dose > 1:
        parts.append(turn.text("why_dose", days=subscriber.dose))
    for followup in subscriber.followups:
        if not followup.closed and followup.due_at is not None:
            day = long_date(followup.requested_on)
            parts.append(turn.text("why_followup", keyword=followup.keyword, since=day))
    if not parts:
        parts.append(turn.text("why_nothing"))
    if subscriber.stopped_at is None:
        parts.append(turn.text("why_stop"))
    turn.send(Outgoing(text="\n\n".join(parts), buttons=(MENU,)))


def _standing_still(turn: Turn) -> list[str]:
    if turn.subscriber.alarm is not None:
        return [turn.text("why_alarm")]
    if turn.subscriber.braked:
        return [turn.text("why_braked")]
    return [turn.text("why_paused")] if turn.pause_end(turn.today) is not None else []


def offer(turn: Turn, kind: str, name: str) -> None:
    """A tapped offer is a request: it needs no marketing consent."""
    if kind == "kw":
        keyword = turn.practice.keywords.get(name)
        step = keyword.offer if keyword is not None else None
        followups.close(turn, name)
    else:
        program = turn.practice.programs.get(name)
        step = program.offer if program is not None else None
    if step is None:
        welcome.welcome(turn)
        return
    turn.note("offer_asked", about=name)
    text = f"{step.text}\n\n[{turn.text('offer_link')}]({step.link})" if step.link else step.text
    turn.send(Outgoing(text=text, kind=Kind.OFFER, buttons=(MENU,)))


def resend(turn: Turn) -> None:
    newest = max(turn.subscriber.keywords.items(), key=lambda item: item[1], default=None)
    if newest is None:
        welcome.welcome(turn)
        return
    turn.say("keyword_above", Button("Stuur opnieuw", f"again:{newest[0]}"), keyword=newest[0])


def closed(turn: Turn) -> None:
    turn.say("closed")


def next_step(turn: Turn) -> None:
    """What waits for OPEN is what comes next."""
    if turn.subscriber.sealed:
        discreet.open_(turn)
    else:
        steps.next_now(turn)
