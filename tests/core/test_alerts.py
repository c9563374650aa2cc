"""How an attempt to tell a practice ends, and what it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.alerts import LIFETIME, OpenAlert, ended
from bot.core.decision import AlertRoute
from bot.core.delivery import Accepted, AccountDown, Ambiguous, MessageState, Moved, NotSent, Outcome, Refused
from bot.core.safety.alerting import SUBJECT, alert_text

AT = datetime(2026, 3, 3, 2, 30, tzinfo=UTC)


def alert(
    *, attempt: int = 1, resends: int = 0, what: str = "alarm", tier: str = "A", third: bool = False
) -> OpenAlert:
    return OpenAlert(
        id=7,
        practice="mariposha",
        route=AlertRoute.MAIL,
        what=what,
        tier=tier,
        third_party=third,
        at=AT,
        attempt=attempt,
        resends=resends,
    )


@pytest.mark.parametrize(
    ("outcome", "resends", "state"),
    [
        (Accepted("1"), 0, MessageState.ACCEPTED),
        (NotSent("no connection"), 0, MessageState.READY),
        (AccountDown("revoked"), 0, MessageState.READY),
        (Moved("-100"), 0, MessageState.READY),
        (Refused("no such chat"), 0, MessageState.DEAD),
        (Ambiguous("cut"), 0, MessageState.READY),
        (Ambiguous("cut"), 1, MessageState.UNKNOWN),
    ],
)
def test_each_outcome_has_its_end(outcome: Outcome, resends: int, state: MessageState) -> None:
    assert ended(alert(resends=resends), outcome, AT).state is state


def test_it_is_tried_again_sooner_first_and_for_a_day_at_most() -> None:
    waits = [ended(alert(attempt=n), NotSent("x"), AT).due_at - AT for n in range(1, 12)]
    assert waits[0] <= timedelta(seconds=5) and waits == sorted(waits) and waits[-1] <= timedelta(minutes=10)
    late = AT + LIFETIME - timedelta(seconds=1)
    assert ended(alert(), NotSent("x"), late).state is MessageState.EXPIRED
    assert ended(alert(), NotSent("x", retry_after=30), AT).due_at == AT + timedelta(seconds=30)


@pytest.mark.parametrize("tier", ["A", "B", "C"])
def test_it_tells_which_group_when_and_how_to_look_and_that_it_is_no_watch(tier: str) -> None:
    text = alert_text(alert(tier=tier), "mariposha", "Europe/Amsterdam")
    for part in (f"groep {tier}", "dinsdag 3 maart om 03.30", "nabij alarms mariposha", "alleen woorden van een lijst"):
        assert part in text, part
    assert "over iemand anders" not in text and "dubbel" not in text


def test_a_second_attempt_says_that_it_may_be_one() -> None:
    assert "kan dubbel zijn" in alert_text(alert(resends=1), "mariposha", "Europe/Amsterdam")


def test_about_somebody_else_and_asking_for_a_human_are_told_apart() -> None:
    assert "over iemand anders" in alert_text(alert(third=True), "mariposha", "Europe/Amsterdam")
    asked = alert_text(alert(what="human", tier=""), "mariposha", "Europe/Amsterdam")
    assert "vroeg om een mens" in asked and "programma's staan stil" not in asked
    assert "iemand" in SUBJECT
