"""Who looks at a web chat is told to read on; nothing else goes through the hub."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.protocol import ChannelPort
from bot.channels.webchat import STREAMS_PER_CHAT, Ended, Hub, Listener, WebChat
from bot.core.delivery import Handed, Message
from bot.core.messages import Address, Channel, Kind, Lane
from tests.channels.conftest import NOW

ANNA = Address(Channel.WEBCHAT, "mariposha:webchat", "anna")
BO = Address(Channel.WEBCHAT, "mariposha:webchat", "bo")
SOON = 0.2


def message(address: Address = ANNA, seq: int = 7, text: str = "Dag.") -> Message:
    return Message(
        id=1,
        practice="mariposha",
        subscriber_id=1,
        address_id=1,
        address=address,
        kind=Kind.REPLY,
        lane=Lane.REPLY,
        text=text,
        due_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
        seq=seq,
    )


async def is_woken(listener: Listener) -> bool:
    try:
        async with asyncio.timeout(SOON):
            await listener.wait(60)
    except TimeoutError:
        return False
    return True


async def test_a_message_is_handed_over_and_wakes_every_tab_of_its_chat_alone() -> None:
    hub = Hub()
    port: ChannelPort = WebChat("mariposha", hub)
    with hub.listen(ANNA) as one, hub.listen(ANNA) as other, hub.listen(BO) as stranger:
        for listener in (one, other, stranger):
            await listener.wait(0)
        assert await port.send(message()) == Handed()
        assert await is_woken(one)
        assert await is_woken(other)
        assert not await is_woken(stranger)


async def test_a_listener_that_was_busy_is_woken_once_for_all_that_came() -> None:
    hub = Hub()
    with hub.listen(ANNA) as listener:
        await listener.wait(0)
        for _ in range(1_000):
            hub.wake(ANNA)
        assert await is_woken(listener)
        assert not await is_woken(listener)


async def test_its_first_look_is_at_once() -> None:
    with Hub().listen(ANNA) as listener:
        assert await is_woken(listener)


async def test_a_message_without_a_row_is_spoken_to_who_looks_now_and_never_piles_up() -> None:
    hub = Hub()
    port = WebChat("mariposha", hub)
    with hub.listen(ANNA) as listener:
        for number in range(50):
            await port.send(message(seq=0, text=f"Bel 112. {number}"))
        said = listener.spoken()
        assert [one.text for one in said][-1] == "Bel 112. 49"
        assert len(said) < 20
        assert listener.spoken() == ()


async def test_one_stream_too_many_ends_the_oldest() -> None:
    hub = Hub()
    with hub.listen(ANNA) as oldest:
        others = [hub.listen(ANNA) for _ in range(STREAMS_PER_CHAT)]
        listeners = [other.__enter__() for other in others]
        assert oldest.ended is Ended.FULL
        assert [listener.ended for listener in listeners] == [None] * STREAMS_PER_CHAT
        for other in others:
            other.__exit__(None, None, None)
    assert hub.streams == 0


async def test_who_leaves_a_chat_ends_its_streams_and_no_other() -> None:
    hub = Hub()
    with hub.listen(ANNA) as listener, hub.listen(BO) as other:
        hub.end(ANNA)
        assert listener.ended is Ended.GONE
        assert other.ended is None


async def test_a_closed_hub_ends_streams_that_come_later_too() -> None:
    hub = Hub()
    with hub.listen(ANNA) as early:
        hub.close()
        assert early.ended is Ended.CLOSING
    with hub.listen(ANNA) as late:
        assert late.ended is Ended.CLOSING


@pytest.mark.parametrize("public_url", ["https://chat.example.nl", "https://chat.example.nl/"])
def test_its_link_opens_the_chat_with_a_code(public_url: str) -> None:
    assert (
        WebChat("mariposha", Hub(), public_url).link("{code}") == "https://chat.example.nl/chat/mariposha?start={code}"
    )
