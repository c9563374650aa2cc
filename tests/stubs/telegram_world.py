"""The people, chats and bots behind the stub: what a person does becomes an update, what a bot sends is kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.stubs.telegram_rules import Refusal

Keys = list[list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message."""

    bot: str
    chat: int
    message_id: int
    text: str
    """As its reader sees it."""
    raw: str
    """As it came, with tags."""
    keys: Keys
    at: float
    """Seconds since 1970, real time."""
    file: str = ""
    """Of a document."""

    @property
    def labels(self) -> list[str]:
        return [label for line in self.keys for label, _ in line]


@dataclass(frozen=True, slots=True)
class Fault:
    """How one call goes wrong. Without `status`, `cut` or `body` it is only slow."""

    status: int = 0
    """Answered instead of a success."""
    description: str = ""
    retry_after: int = 0
    migrate_to: int = 0
    cut: Literal["", "before", "middle", "after"] = ""
    """The connection is cut before the call counts, in the middle of the answer, or after it counted and before any
    answer. To be surely not sent there must be no connection at all: `TelegramStub.goes_away`."""
    body: str = ""
    """Answered with status 200 although the call counted."""
    delay: float = 0.0
    """Real seconds before the answer."""
    counts: bool = False
    """The call is done although `status` says that it failed (a 502 after the fact)."""
    chat: int = 0
    """Only for calls about this chat; 0 for any."""


class Bell:
    """Wakes everyone who waits for the world to change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def until(self, true: Callable[[], object], seconds: float) -> bool:
        """Whether it became true in time (real time)."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    await self._event.wait()
        except TimeoutError:
            return bool(true())
        return True


@dataclass
class BotState:
    """One bot as Telegram knows it."""

    token: str
    username: str
    id: int
    bell: Bell
    updates: list[dict[str, Any]] = field(default_factory=list)
    confirmed: dict[int, float] = field(default_factory=dict)
    """By update id, when the bot let us know that it has it: seconds since 1970, real time."""
    next_update: int = 1001
    next_message: int = 1
    kinds: tuple[str, ...] = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")
    webhook: str = ""
    secret: str = ""
    commands: list[dict[str, str]] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    open_taps: set[str] = field(default_factory=set)
    answered_taps: list[str] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    poll: int = 0
    """Number of the newest getUpdates; older ones are terminated."""
    closed_until: float = 0.0
    tokens: float = 0.0
    filled_at: float = 0.0

    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": self.username, "username": self.username}

    def push(self, kind: str, content: dict[str, Any]) -> int:
        """Queues an update, unless the bot did not ask for its kind."""
        update_id = self.next_update
        self.next_update += 1
        if kind in self.kinds:
            self.push_raw({"update_id": update_id, kind: content})
        return update_id

    def push_raw(self, update: dict[str, Any]) -> None:
        self.updates.append(update)
        self.bell.ring()

    def take(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """Drops what the offset confirms."""
        if offset < 0:
            self.updates = self.updates[offset:]
        elif offset:
            below = [update for update in self.updates if int(update["update_id"]) < offset]
            self.updates = [update for update in self.updates if int(update["update_id"]) >= offset]
            self.confirm(*below)
        return self.updates[:limit]

    def confirm(self, *updates: dict[str, Any]) -> None:
        now = time.time()
        for update in updates:
            self.confirmed.setdefault(int(update["update_id"]), now)

    def person(self, chat: object) -> Person:
        """Raises Refusal as Telegram does for chats that a bot can't write to."""
        person = self.people.get(int(chat)) if str(chat).lstrip("-").isdigit() else None  # type: ignore[call-overload]
        if person is None:
            raise Refusal(400, "Bad Request: chat not found")
        if person.migrated_to:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=person.migrated_to,
            )
        if person.refusal:
            raise Refusal(403, f"Forbidden: {person.refusal}")
        return person


class Person:
    """Someone with a private chat with a bot (or a group, below zero)."""

    def __init__(self, bot: BotState, chat: int, name: str, language: str) -> None:
        self._bot = bot
        self.chat = chat
        self._name = name
        self._language = language
        self._heard = 0
        self.received: list[Sent] = []
        self.refusal = ""
        self.migrated_to = 0

    def says(self, text: str) -> int:
        return self._bot.push("message", self._message(text=text))

    def opens(self, payload: str = "") -> int:
        """Follows a link t.me/bot?start=payload."""
        return self.says(f"/start {payload}".strip())

    def edits(self, text: str) -> int:
        return self._bot.push("edited_message", self._message(text=text, edit_date=int(time.time())))

    def sends(self, caption: str = "", **media: Any) -> int:
        """A picture, or whatever is given (`voice={...}`)."""
        picture = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
        extra = {"caption": caption} if caption else {}
        return self._bot.push("message", self._message(**(media or {"photo": picture}), **extra))

    def taps(self, label: str, on: Sent | None = None) -> int:
        """Taps a button of the last keyboard, or of the given message."""
        message = on or next(sent for sent in reversed(self.received) if sent.keys)
        data = next((data for line in message.keys for known, data in line if known == label), None)
        if data is None:
            raise LookupError(f"no button {label!r} among {message.labels}")
        tap = f"tap{self._bot.next_update}"
        self._bot.open_taps.add(tap)
        shown = {**self._message(), "message_id": message.message_id, "from": self._bot.user(), "text": message.text}
        return self._bot.push(
            "callback_query",
            {"id": tap, "from": self._user(), "chat_instance": "1", "data": data, "message": shown},
        )

    def blocks(self) -> int:
        self.refusal = "bot was blocked by the user"
        return self._membership("member", "kicked")

    def unblocks(self) -> int:
        self.refusal = ""
        return self._membership("kicked", "member")

    def is_deleted(self) -> None:
        self.refusal = "user is deactivated"

    async def hears(self, count: int = 1, seconds: float = 5.0) -> list[Sent]:
        """The next messages that were not heard yet. Raises AssertionError when they don't come in time."""
        wanted = self._heard + count
        if not await self._bot.bell.until(lambda: len(self.received) >= wanted, seconds):
            raise AssertionError(f"{count} messages expected, {len(self.received) - self._heard} came")
        heard = self.received[self._heard : wanted]
        self._heard = wanted
        return heard

    def chat_object(self) -> dict[str, Any]:
        kind = "private" if self.chat > 0 else "group"
        return {"id": self.chat, "type": kind, ("first_name" if self.chat > 0 else "title"): self._name}

    def _user(self) -> dict[str, Any]:
        return {"id": abs(self.chat), "is_bot": False, "first_name": self._name, "language_code": self._language}

    def _message(self, **content: Any) -> dict[str, Any]:
        number = self._bot.next_message
        self._bot.next_message += 1
        return {
            "message_id": number,
            "date": int(time.time()),
            "chat": self.chat_object(),
            "from": self._user(),
            **content,
        }

    def _membership(self, before: str, after: str) -> int:
        def member(status: str) -> dict[str, Any]:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": self._bot.user(), "status": status, **until}

        return self._bot.push(
            "my_chat_member",
            {
                "chat": self.chat_object(),
                "from": self._user(),
                "date": int(time.time()),
                "old_chat_member": member(before),
                "new_chat_member": member(after),
            },
        )


class Ledger:
    """Every accepted message, in memory and, where a path is given, on disk before it is answered."""

    def __init__(self, path: Path | None) -> None:
        self.sent: list[Sent] = []
        self._file = path.open("a", encoding="utf-8") if path else None

    def add(self, sent: Sent) -> None:
        self.sent.append(sent)
        if self._file is not None:
            self._file.write(json.dumps(asdict(sent), ensure_ascii=False) + "\n")
            # No fsync: processes are killed in tests, machines are not.
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
