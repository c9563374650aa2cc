"""KRACHT: my safety plan. Written in a calm hour by guided questions, shown at once in a bad one."""

from __future__ import annotations

from bot.core.commands import Command, command
from bot.core.messages import Button, Kind, Lane, Outgoing
from bot.core.safety import Alarm, Tier, plan_texts, texts
from bot.core.safety_plan import PARTS, SafetyPlan, emptied, part_after, written
from bot.core.subscriber import Awaiting
from bot.core.text import normalise
from bot.core.turn import Turn

WHAT = "plan"
"""Of Awaiting: what is typed is written into the part that `about` names."""
SHORT = {"signs": "Mijn tekens", "helps": "Wat mij helpt", "people": "Wie ik kan bellen", "place": "Veilige plek"}
GROUND = Button("Oefening, 2 minuten", "ground:0")
HARD = Button("Ik heb het moeilijk", "hard")
NOTHING = frozenset(
    {"geen", "niks", "niets", "weet ik niet", "weet niet", "geen idee", "sla over", "overslaan", "klaar", "dat was het"}
    | {"volgende vraag", "nee"}
)
INTERRUPTS = frozenset(
    {Command.MENU, Command.HELP, Command.PAUSE, Command.TIME, Command.WHY, Command.SAFETY_PLAN, Command.STRUGGLING}
    | {Command.PRIVACY, Command.MY_DATA, Command.ERASE, Command.START, Command.GREETING, Command.CALM, Command.BRAKE}
    | {Command.DISCREET, Command.CONSENTS, Command.NO_ANSWERS, Command.NO_OFFERS, Command.NO_SHARING}
)
"""Commands that are carried out amid the writing; other words ("ademen", a keyword's name) are the person's own."""
TIERS: dict[str, Tier] = {"A": "A", "B": "B", "C": "C"}


def open_(turn: Turn) -> None:
    """KRACHT, NOOD, [Mijn eigen plan]. While an alarm stands the plan is shown at once, never asked to be written."""
    plan = _plan(turn)
    if turn.subscriber.alarm is not None:
        _in_need(turn, plan)
    elif plan.filled:
        _show(turn, plan)
    elif turn.subscriber.minor:
        turn.say("minor_line", HARD)
    else:
        turn.say("plan_offer", Button("Ja, mijn plan maken", "plan:begin"), Button("Nu niet", "closed"), HARD, GROUND)


def _in_need(turn: Turn, plan: SafetyPlan) -> None:
    state = turn.subscriber.alarm
    assert state is not None
    tier = TIERS[state.tier]
    first = texts.call_first(Alarm(tier=tier, third_party=state.third_party, rule=state.rule), turn.zone)
    said = plan_texts.plan(plan, first) if plan.filled else (plan_texts.no_plan(first),)
    buttons = (
        Button("Bellen", "alarm:call"),
        Button("Oefening, 2 minuten", "alarm:ground"),
        Button("Een mens spreken", "alarm:human"),
    )
    _say_all(turn, said, buttons, lane=Lane.CRISIS, kind=Kind.ALARM)


def _show(turn: Turn, plan: SafetyPlan) -> None:
    buttons = [Button("Aanpassen", "plan:edit")]
    if turn.reach.site is not None:
        buttons.append(Button("Als pagina", "plan:page"))
    _say_all(
        turn,
        plan_texts.plan(plan, plan_texts.in_calm(turn.zone)),
        (*buttons, GROUND, HARD),
        lane=Lane.REPLY,
        kind=Kind.REPLY,
    )


def _say_all(turn: Turn, said: tuple[str, ...], buttons: tuple[Button, ...], *, lane: Lane, kind: Kind) -> None:
    for text in said[:-1]:
        turn.send(Outgoing(text=text, kind=kind, lane=lane))
    turn.send(Outgoing(text=said[-1], buttons=buttons, kind=kind, lane=lane))


def act(turn: Turn, what: str) -> None:
    """A button of the plan. While an alarm stands each of them shows it; under 16 nothing new is written."""
    name, _, part = what.partition(":")
    if turn.subscriber.alarm is not None or turn.subscriber.minor:
        open_(turn)
        return
    match name:
        case "begin":
            _begin(turn)
        case "ask" | "change" if part in PARTS:
            _ask(turn, part, mode=name)
        case "next" if part in PARTS:
            _next(turn, part)
        case "empty" if part in PARTS:
            turn.change(safety_plan=emptied(_plan(turn), part))
            _ask(turn, part, mode="change")
        case "edit":
            _edit(turn)
        case "page":
            _page(turn)
        case "erase":
            turn.say("plan_erase", Button("Ja, wis mijn plan", "plan:gone"), Button("Nee, bewaar het", "plan:open"))
        case "gone":
            _erase(turn)
        case _:
            open_(turn)


def _begin(turn: Turn) -> None:
    """[Ja, mijn plan maken] is the consent to keep it, asked for just before."""
    if not turn.has_consent("plan"):
        turn.consent("plan", given=True)
    turn.note("plan_begun")
    first = next((part for part in PARTS if not _plan(turn).part(part)), "")
    if first:
        _ask(turn, first, mode="ask")
    else:
        open_(turn)


def _ask(turn: Turn, part: str, *, mode: str) -> None:
    """`mode`: `ask` in a row of questions, `change` for one part alone."""
    lines = _plan(turn).part(part)
    question = turn.text(f"plan_ask_{part}")
    buttons = [_onward(part, mode, bool(lines))]
    if lines:
        quoted = "\n".join(f"- {plan_texts.shown(line)}" for line in lines)
        question = f"{question}\n\n{turn.text('plan_has', lines=quoted)}"
        buttons.append(Button("Begin hier opnieuw", f"plan:empty:{part}"))
    turn.send(Outgoing(text=question, buttons=tuple(buttons)))
    turn.ask(WHAT, f"{mode}:{part}")


def _onward(part: str, mode: str, has_lines: bool) -> Button:  # noqa: FBT001 -- a fact, no switch
    if mode == "change" or not part_after(part):
        return Button("Klaar", "plan:next:place" if mode == "ask" else "plan:open")
    return Button("Volgende vraag" if has_lines else "Sla over", f"plan:next:{part}")


def _next(turn: Turn, part: str) -> None:
    following = part_after(part)
    if following:
        _ask(turn, following, mode="ask")
        return
    if not _plan(turn).filled:
        turn.say("plan_empty")
        return
    turn.note("plan_written")
    turn.say("plan_done")
    _show(turn, _plan(turn))


def _edit(turn: Turn) -> None:
    buttons = [Button(label, f"plan:change:{part}") for part, label in SHORT.items()]
    turn.say("plan_edit", *buttons, Button("Wis mijn plan", "plan:erase"), Button("Klaar", "plan:open"))


def _page(turn: Turn) -> None:
    """The plan as a page to keep or to print, by a secret link; without a site of our own there is only the chat."""
    if turn.reach.site is None or not turn.reach.secret or not _plan(turn).filled:
        open_(turn)
        return
    turn.plan_link = turn.reach.secret
    turn.say("plan_page", link=f"{turn.reach.site}/plan/{turn.reach.secret}")


def _erase(turn: Turn) -> None:
    turn.change(safety_plan=None)
    if turn.has_consent("plan"):
        turn.consent("plan", given=False)
    turn.note("plan_erased")
    turn.say("plan_gone")


def typed(turn: Turn, asked: Awaiting | None, text: str) -> bool:
    """True for words that belong into the plan. A word that steers the bot steers it here too; the plan is kept."""
    mode, part = _asked(asked)
    said = command(text)
    if not part or said in INTERRUPTS or (said is Command.OPEN and turn.subscriber.sealed):
        return False
    if said is Command.NEXT or normalise(text).rstrip(".! ") in NOTHING:
        _next(turn, part) if mode == "ask" else open_(turn)
        return True
    plan = written(_plan(turn), part, text)
    if plan is None:
        turn.say("plan_full", _onward(part, mode, has_lines=True), Button("Begin hier opnieuw", f"plan:empty:{part}"))
        return True
    turn.change(safety_plan=plan)
    turn.say("plan_added", _onward(part, mode, has_lines=True))
    turn.ask(WHAT, f"{mode}:{part}")
    return True


def beside_alarm(turn: Turn, asked: Awaiting | None, text: str, danger: Alarm) -> None:
    """An alarm rang by what was being written: help comes first. Only a sign may be words of danger ("dat ik dood
    wil"); below "wie ik kan bellen", or with a means in them, they would be read again in the worst hour."""
    _, part = _asked(asked)
    if not part:
        return
    plan = written(_plan(turn), part, text) if part == "signs" and danger.tier != "A" else None
    if plan is not None:
        turn.change(safety_plan=plan)
    turn.send(Outgoing(text=plan_texts.beside_plan(kept=plan is not None), kind=Kind.ALARM, lane=Lane.CRISIS))


def farewell(turn: Turn) -> None:
    """Under 16 the plan is erased with everything else; its words are said once more, to be kept elsewhere."""
    plan = _plan(turn)
    if plan.filled:
        _say_all(turn, plan_texts.plan(plan, plan_texts.farewell(turn.zone)), (), lane=Lane.CRISIS, kind=Kind.ALARM)
    turn.change(safety_plan=None)


def _plan(turn: Turn) -> SafetyPlan:
    return turn.subscriber.safety_plan or SafetyPlan()


def _asked(asked: Awaiting | None) -> tuple[str, str]:
    if asked is None or asked.what != WHAT:
        return "", ""
    mode, _, part = asked.about.partition(":")
    return (mode, part) if part in PARTS else ("", "")
