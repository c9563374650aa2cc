"""What a forked bot does before it begins, where a fault can't be injected from outside."""

from __future__ import annotations

import ctypes
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot import content_watch
from bot.channels import telegram
from bot.clock import RealClock
from bot.core import conversation, markup
from bot.core.decision import Decision
from bot.core.messages import Inbound
from bot.worker import crew

_CAPABILITIES_3: Final = 0x20080522
_BEYOND_FILE_MODES: Final = 0b1110
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER of Linux's capabilities."""


def obey_file_modes() -> None:
    """Root may write what is read-only; from now on this process may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    """Effective, permitted and inheritable, of the lower and then of the upper 32 capabilities."""
    if libc.capget(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    for place in range(3):
        sets[place] &= ~_BEYOND_FILE_MODES
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


OFFSET: Final = "CLOCK_OFFSET_FILE"
"""Names the file that holds how many seconds this machine's clock is off. No prefix: it is no setting of the bot's."""
BROKEN_WORD: Final = "breekmij"


def set_clock() -> None:
    """A machine whose clock somebody sets while the bot runs, which looks at everything once a second."""
    file = Path(os.environ[OFFSET])

    def now(clock: RealClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    setattr(RealClock, "now", now)  # noqa: B010 -- for the type checker a method is no variable
    crew.SAFETY_TICK = 1  # type: ignore[misc]


def break_on_a_word() -> None:
    """A mistake of ours: one word breaks the conversation's code when it comes in, and rendering when it goes out."""
    respond, rendered = conversation.respond, markup.to_telegram_html

    def broken(inbound: Inbound, *given: Any) -> Decision:
        if inbound.text == BROKEN_WORD:
            raise RuntimeError("broken for the test")
        return respond(inbound, *given)

    def unrendered(markdown: str) -> str:
        if markdown == BROKEN_WORD:
            raise RuntimeError("broken for the test")
        return rendered(markdown)

    conversation.respond = broken  # type: ignore[assignment]
    setattr(telegram, "to_telegram_html", unrendered)  # noqa: B010 -- a name that it imports, not one that it gives


def look_at_content_often() -> None:
    content_watch.LOOKED_AT_EVERY = 0.2  # type: ignore[misc]
