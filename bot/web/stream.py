"""Server-sent events of one chat: first what the page missed, from the database, then whatever the hub wakes it for.

Each line's event id is its `seq`, which the browser sends back as Last-Event-ID. A `clock` event closes each look at
the database: it is the heartbeat, and tells a page that has just come back that it now has everything.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi.sse import format_sse_event

from bot.channels.webchat import Ended
from bot.core.content.model import Practice
from bot.core.markup import to_web_html
from bot.core.messages import Address
from bot.web.lines import is_gone, is_shown, local_time, shown, since
from bot.web.services import Services

_RETRY: Final = 2_000
"""Milliseconds after which a browser connects again."""
_BEAT: Final = 15.0
"""Seconds between heartbeats; proxies cut a silent connection after 30 to 60."""
_DEMO_BEAT: Final = 1.0
"""The demo's clock bar shows a clock that may run fast."""
_REREAD: Final = 2.0
"""Seconds between looks at a database into which other processes write too, while none of them tells us."""


async def events(services: Services, practice: Practice, address: Address | None, after: int) -> AsyncIterator[bytes]:
    """The event stream of a chat from the line after `after`; without an address only the word that the chat is gone.

    No connection to the database is held between looks. Ends when the hub ends it or the browser leaves.
    """
    if address is None:
        yield _event(Ended.GONE, {})
        return
    with services.hub.listen(address) as listener:
        yield format_sse_event(retry=_RETRY)
        while True:
            await listener.wait(_DEMO_BEAT if services.demo else _BEAT if services.is_told() else _REREAD)
            if listener.ended is not None:
                yield _event(listener.ended, {})
                return
            while lines := await since(services.database, practice, address, after):
                after = lines[-1].seq
                for line in filter(is_shown, lines):
                    yield _event("line", shown(line, practice.zone), line.seq)
            if after and await is_gone(services.database, practice, address, after):
                yield _event(Ended.GONE, {})
                return
            for message in listener.spoken():
                yield _event("spoken", {"html": to_web_html(message.text)})
            yield _event("clock", _clock(services, practice))


def _clock(services: Services, practice: Practice) -> dict[str, Any]:
    speed = services.stepping.speed if services.stepping is not None else 1
    return {**local_time(services.clock.now(), practice.zone), "speed": speed}


def _event(name: str, data: dict[str, Any], seq: int | None = None) -> bytes:
    return format_sse_event(
        event=name, data_str=json.dumps(data, ensure_ascii=False), id=str(seq) if seq is not None else None
    )
