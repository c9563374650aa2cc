"""/metrics: what the process counted and what the database knows, for Prometheus."""

from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.core.messages import Address, Channel, Outgoing
from bot.store import hold
from bot.store.errors import DatabaseUnavailable
from bot.worker.status import AccountMode, AccountStatus
from tests.web.house import NOW, House

TELEGRAM = "mariposha:telegram"


class Away:
    is_sqlite = True

    def read(self) -> Any:
        raise DatabaseUnavailable("no connection to 10.0.0.7")


def figures(answer: httpx.Response) -> dict[tuple[str, ...], float]:
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_it_tells_queues_by_lane_owners_and_how_each_account_fares(house: House) -> None:
    # Nobody sends for this account here, so what is told to it waits.
    await house.tell(Address(Channel.TELEGRAM, TELEGRAM, "123456789"), Outgoing(text="iets"), Outgoing(text="en nog"))
    states = [AccountStatus("mariposha:webchat", AccountMode.ON)]
    found = figures(await house.rebuilt(accounts=lambda: states).browser().get("/metrics"))
    assert found["nabij_queue_messages", TELEGRAM, "reply"] == 2
    assert found["nabij_database_up",] == 1
    assert found["nabij_account_state", "mariposha:webchat", "on"] == 1


async def test_what_is_held_is_told(house: House) -> None:
    await house.tell(Address(Channel.TELEGRAM, TELEGRAM, "1"), Outgoing(text="iets"))
    await house.database.write(lambda conn: hold.hold_everything(conn, NOW))
    found = figures(await house.browser().get("/metrics"))
    assert found["nabij_held_messages", TELEGRAM, "reply"] == 1
    assert ("nabij_queue_messages", TELEGRAM, "reply") not in found


async def test_the_process_counts_are_in_it_and_no_person_is(house: House) -> None:
    house.services.metrics.received(TELEGRAM, 0.01)
    await house.tell(Address(Channel.TELEGRAM, TELEGRAM, "123456789"), Outgoing(text="iets persoonlijks"))
    answer = await house.browser().get("/metrics")
    assert figures(answer)["nabij_inbound_seconds_count", TELEGRAM] == 1
    assert "123456789" not in answer.text and "persoonlijks" not in answer.text


async def test_without_a_database_it_still_answers_and_says_so(house: House) -> None:
    answer = await house.rebuilt(database=Away()).browser().get("/metrics")
    assert figures(answer)["nabij_database_up",] == 0
    assert "10.0.0.7" not in answer.text


async def test_asking_often_asks_the_database_once(house: House) -> None:
    browser = house.browser()
    before = figures(await browser.get("/metrics"))
    await house.tell(Address(Channel.TELEGRAM, TELEGRAM, "1"), Outgoing(text="iets"))
    again = figures(await browser.get("/metrics"))
    assert ("nabij_queue_messages", TELEGRAM, "reply") not in before | again
