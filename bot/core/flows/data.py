"""What is kept of a person, and what the person decides about it: read it, take it along, take back a consent, erase.

Giving and taking back are the same number of taps: each consent has one button here, and a line of words of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.core.commands import Command
from bot.core.decision import Erasure, ExportLink
from bot.core.dutch import clock, long_date
from bot.core.flows import enrolling
from bot.core.flows.menu import MENU
from bot.core.messages import Button, Channel, Kind, Outgoing, Papers
from bot.core.safety import texts
from bot.core.schedule import local
from bot.core.turn import Turn

CARRIES_FILES: Final = frozenset({Channel.TELEGRAM})
"""Where a file may be sent in the chat. Never on WhatsApp, whose files stay in backups and galleries; and a web chat is
left on shared screens: there it is always a one-time link."""
SURE_FOR: Final = timedelta(hours=1)
"""[Ja, wis alles] counts this long: an old keyboard must not erase a person with one tap."""
LATE_CONSENTS: Final = ("offers", "sharing")
"""Nobody is asked for these two: who wants them gives them here."""
_ASKED_AS: Final = {"offers": "consent3", "sharing": "consent4"}
_TAKEN_BACK_BY: Final = {
    Command.NO_ANSWERS: "answers",
    Command.NO_OFFERS: "offers",
    Command.NO_SHARING: "sharing",
}
_CONSENTS_BUTTON: Final = Button("Toestemmingen", "consents")


def my_data(turn: Turn) -> None:
    """What is kept of this person, in words, and what can be done about it."""
    subscriber = turn.subscriber
    given = [_name_of(turn, name) for name in _given(turn)]
    active = turn.active()
    program = turn.practice.programs.get(active.program) if active is not None else None
    turn.say(
        "my_data",
        Button("Stuur mijn gegevens", "export"),
        _CONSENTS_BUTTON,
        Button("Wis alles", "erase"),
        MENU,
        since=long_date(local(subscriber.created_at, turn.zone).date()),
        program=program.title if program is not None else turn.text("nothing_yet"),
        hour=clock(subscriber.hour) if subscriber.hour is not None else turn.text("nothing_yet"),
        consents=", ".join(given) or turn.text("nothing_yet"),
        days=turn.practice.retention.texts,
    )


def my_data_at_once(turn: Turn) -> None:
    """MIJN GEGEVENS in words: the overview, and everything right behind it."""
    my_data(turn)
    export(turn)


def privacy(turn: Turn) -> None:
    """Where the practice is told of an alarm, that is said here too."""
    contact = turn.practice.contact or turn.practice.name
    parts = [turn.text("privacy", contact=contact, days=turn.practice.retention.texts)]
    if turn.reach.alerts:
        parts.append(turn.text("privacy_alert"))
    turn.send(Outgoing(text="\n\n".join(parts), buttons=(Button("Mijn gegevens", "data"), _CONSENTS_BUTTON, MENU)))


def export(turn: Turn) -> None:
    """Everything, to read and for another program: as files where the channel may carry them, else one-time link."""
    turn.note("export_asked")
    if turn.subscriber.address.channel in CARRIES_FILES:
        turn.send(Outgoing(text=turn.text("export_page"), kind=Kind.EXPORT, papers=Papers.PAGE))
        turn.send(Outgoing(text=turn.text("export_data"), kind=Kind.EXPORT, papers=Papers.DATA))
        return
    if not turn.reach.export_link:
        turn.say("export_not_here", contact=turn.practice.contact or turn.practice.name)
        return
    turn.export = ExportLink(code=turn.reach.export_code)
    turn.say("export_link", kind=Kind.EXPORT, link=turn.reach.export_link)


def consents(turn: Turn) -> None:
    """All of them, each as it stands, with the button that turns it round; that of a plan only for who has one."""
    names = ("daily", "answers", *LATE_CONSENTS, *(("plan",) if turn.has_consent("plan") else ()))
    lines = "\n".join(f"- {_name_of(turn, name)}: **{'ja' if turn.has_consent(name) else 'nee'}**" for name in names)
    buttons = [_GIVE_BUTTONS[name] for name in LATE_CONSENTS if _may_give(turn, name)]
    buttons += [_TAKE_BUTTONS[name] for name in _given(turn)]
    turn.say("consents", *buttons, MENU, consents=lines)


_GIVE_BUTTONS: Final = {
    "offers": Button("Wel nieuws", "give:offers"),
    "sharing": Button("Wel delen", "give:sharing"),
}
_TAKE_BUTTONS: Final = {
    "daily": Button("Intrekken: elke dag", "withdraw:daily"),
    "answers": Button("Intrekken: bewaren", "withdraw:answers"),
    "offers": Button("Intrekken: nieuws", "withdraw:offers"),
    "sharing": Button("Intrekken: delen", "withdraw:sharing"),
    "plan": Button("Wis mijn plan", "plan:erase"),
}
"""A consent with nothing left of what it allowed is taken back: a plan that may not be kept is erased."""


def give(turn: Turn, name: str) -> None:
    """Puts the text of consent 3 or 4 before the person; nothing is given yet."""
    if name not in LATE_CONSENTS or not _may_give(turn, name):
        consents(turn)
        return
    turn.say(
        f"consent_{name}",
        Button("Ja, graag" if name == "offers" else "Ja, deel ze", f"given:{name}"),
        Button("Nee, liever niet", "closed"),
        kind=Kind.CONSENT,
    )
    turn.ask(_ASKED_AS[name], name)


def given(turn: Turn, name: str) -> None:
    if name not in LATE_CONSENTS or not _may_give(turn, name):
        consents(turn)
        return
    turn.consent(name, given=True)
    turn.say(f"consent_{name}_yes", _CONSENTS_BUTTON)


def withdraw(turn: Turn, name: str) -> None:
    """One tap or one line takes a consent back, with what it carried. What is not kept cannot be shared either."""
    if name not in _TAKE_BUTTONS or not turn.has_consent(name):
        turn.say("consent_not_there", _CONSENTS_BUTTON)
        return
    turn.consent(name, given=False)
    if name == "answers" and turn.has_consent("sharing"):
        turn.consent("sharing", given=False)
    if name == "daily":
        running = turn.active()
        if running is not None:
            enrolling.leave(turn, running)
    turn.say(f"withdrawn_{name}", _CONSENTS_BUTTON)


def take_back(turn: Turn, said: Command) -> None:
    """The line of words that stands for one consent."""
    withdraw(turn, _TAKEN_BACK_BY[said])


def ask_erase(turn: Turn) -> None:
    """WIS ALLES: what it means, and once more whether the person wants it."""
    turn.say("erase_ask", _sure_button(turn), Button("Nee, bewaar alles", "keep"))
    turn.ask("erase")


def erase_asked(turn: Turn, asked_at: str) -> None:
    """[Ja, wis alles], of a keyboard that may be an old one."""
    minutes = int(asked_at) if asked_at.isdecimal() else 0
    if turn.now.timestamp() - minutes * 60 > SURE_FOR.total_seconds():
        ask_erase(turn)
        return
    erase(turn)


def erase(turn: Turn) -> None:
    """Everything goes, in the transaction of this Decision; only the receipt is still to be sent."""
    in_need = f"\n\nIs het nog zwaar? {texts.in_need(turn.zone)}" if turn.subscriber.alarm is not None else ""
    channel = turn.subscriber.address.channel
    kept = turn.practice.retention
    turn.erase = Erasure(proof_years=kept.proof_years)
    text = turn.text("erased", years=kept.proof_years, backups=kept.backups)
    if channel is Channel.WEBCHAT:
        where = turn.text("erased_here")
    else:
        where = turn.text("erased_elsewhere", channel=enrolling.CHANNEL_NAMES[channel])
    receipt = Outgoing(text=f"{text}\n\n{where}{in_need}", kind=Kind.ERASED)
    turn.messages[:] = [receipt]
    turn.change(greeted=True)


def keep(turn: Turn) -> None:
    turn.say("erase_not", MENU)


def _sure_button(turn: Turn) -> Button:
    return Button("Ja, wis alles", f"erase:{int(turn.now.timestamp()) // 60}")


def _given(turn: Turn) -> list[str]:
    return [name for name in _TAKE_BUTTONS if turn.has_consent(name)]


def _name_of(turn: Turn, name: str) -> str:
    return turn.text(f"consent_name_{name}")


def _may_give(turn: Turn, name: str) -> bool:
    """Never under 16, in an alarm or on STOP, which takes news back; and only what is kept can be shared."""
    if turn.frozen or turn.has_consent(name):
        return False
    return name != "sharing" or turn.has_consent("answers")
