"""What a process counts, and that nothing of a person is in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.core.delivery import Accepted, Ambiguous, Handed, Message, NotSent, Outcome, Refused
from bot.core.messages import Address, Channel, Kind, Lane
from bot.core.retry import after
from bot.metrics import Metrics
from tests.journeys.people import story
from tests.web.house import eventually

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ACCOUNT = "linde:telegram"
MESSAGE = Message(
    id=7,
    practice="linde",
    subscriber_id=3,
    address_id=5,
    address=Address(Channel.TELEGRAM, ACCOUNT, "123456789"),
    kind=Kind.LESSON,
    lane=Lane.LESSON,
    text="iets persoonlijks",
    due_at=NOW,
    expires_at=NOW + timedelta(hours=14),
    created_at=NOW,
)


def figures(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """By name and label values."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def ends(metrics: Metrics, outcome: Outcome, seconds: float = 0.0, message: Message = MESSAGE) -> None:
    now = NOW + timedelta(seconds=seconds)
    metrics.ended(message, after(message, outcome, now, 0.5), now)


def test_each_end_is_counted_by_account_and_lane() -> None:
    metrics = Metrics()
    reply = replace(MESSAGE, lane=Lane.REPLY)
    for outcome in (Accepted("1"), Accepted("2"), Refused("blocked", address_gone=True), Handed()):
        ends(metrics, outcome)
    ends(metrics, Accepted("3"), message=reply)
    ends(metrics, Ambiguous("read timeout"), message=replace(MESSAGE, resends=1))
    found = figures(metrics)
    assert found["nabij_messages_ended_total", ACCOUNT, "lesson", "accepted"] == 2
    assert found["nabij_messages_ended_total", ACCOUNT, "lesson", "failed"] == 1
    assert found["nabij_messages_ended_total", ACCOUNT, "lesson", "offered"] == 1
    assert found["nabij_messages_ended_total", ACCOUNT, "lesson", "unknown"] == 1
    assert found["nabij_messages_ended_total", ACCOUNT, "reply", "accepted"] == 1


def test_what_goes_out_once_more_is_a_possible_duplicate_only_when_it_may_have_arrived() -> None:
    metrics = Metrics()
    ends(metrics, Ambiguous("reset"))
    ends(metrics, NotSent("no connection"))
    found = figures(metrics)
    assert found["nabij_duplicates_possible_total", ACCOUNT, "lesson"] == 1
    assert found["nabij_retries_total", ACCOUNT, "lesson"] == 1
    assert ("nabij_messages_ended_total", ACCOUNT, "lesson", "unknown") not in found


def test_lateness_runs_from_the_decision_to_the_acceptance() -> None:
    metrics = Metrics()
    ends(metrics, Accepted("1"), seconds=0.2)
    ends(metrics, Accepted("2"), seconds=40)
    found = figures(metrics)
    assert found["nabij_lateness_seconds_bucket", ACCOUNT, "lesson", "0.25"] == 1
    assert found["nabij_lateness_seconds_bucket", ACCOUNT, "lesson", "60.0"] == 2
    assert found["nabij_lateness_seconds_sum", ACCOUNT, "lesson"] == 40.2


def test_waits_pauses_expiry_and_what_came_in_are_counted() -> None:
    metrics = Metrics()
    metrics.waited_for_rate(ACCOUNT)
    metrics.paused_by_platform(ACCOUNT, 30)
    metrics.expired(ACCOUNT, Lane.LESSON, 4)
    metrics.received(ACCOUNT, 0.02)
    metrics.not_received(ACCOUNT)
    found = figures(metrics)
    assert found["nabij_rate_waits_total", ACCOUNT] == found["nabij_rate_pauses_total", ACCOUNT] == 1
    assert found["nabij_rate_paused_seconds_total", ACCOUNT] == 30
    assert found["nabij_messages_ended_total", ACCOUNT, "lesson", "expired"] == 4
    assert found["nabij_inbound_seconds_count", ACCOUNT] == found["nabij_inbound_not_committed_total", ACCOUNT] == 1


def test_nothing_of_the_person_is_in_it_and_two_apps_count_apart() -> None:
    one, other = Metrics(), Metrics()
    ends(one, Refused("chat 123456789 not found"))
    text = one.text().decode()
    assert "123456789" not in text and "persoonlijks" not in text and "not found" not in text
    assert ("nabij_messages_ended_total", ACCOUNT, "lesson", "failed") not in figures(other)


async def test_a_journey_is_counted_from_the_inbound_to_the_platform(tmp_path: Path) -> None:
    async with story("telegram", f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}", tmp_path) as told:
        await told.person.says("hechting")
        await told.person.hears(2)
        transport = httpx.ASGITransport(app=told.app.web, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://nabij.test") as client:

            async def counted() -> bool:
                text = (await client.get("/metrics")).text
                assert "hechting" not in text.casefold() and "Sanne" not in text
                return 'nabij_messages_ended_total{account="mariposha:telegram"' in text

            await eventually(counted)
