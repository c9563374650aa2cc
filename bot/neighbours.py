"""Other processes on the same PostgreSQL: what this one commits is told to them, and what they tell is acted on here.

On SQLite there are none, and nothing is told.
"""

from __future__ import annotations

from sqlalchemy.engine import URL

from bot.channels.webchat import Ended, Hub
from bot.store.database import Database
from bot.store.notices import Notice, Notices
from bot.worker import Worker


class Neighbours:
    def __init__(self) -> None:
        self._notices: Notices | None = None

    def tell(self, notice: Notice) -> None:
        if self._notices is not None:
            self._notices.tell(notice)

    def tell_chat(self, mark: str, ended: Ended | None) -> None:
        """A web chat has something new, or its visitor left it."""
        marks = frozenset({mark})
        self.tell(Notice(chats=marks) if ended is None else Notice(left=marks))

    def is_told(self) -> bool:
        """Whether we hear of whatever is committed elsewhere."""
        return self._notices is None or self._notices.is_listening

    def join(self, database: Database, url: URL, hub: Hub, worker: Worker) -> None:
        """Begins to tell, and to listen at `url`, in the running event loop."""

        def heard(notice: Notice) -> None:
            hub.heard(notice.chats, notice.left)
            worker.heard(notice)

        def listening(is_listening: bool) -> None:  # noqa: FBT001 -- a fact
            hub.wake_all()
            worker.is_told(is_listening)

        self._notices = Notices(database, url, heard, listening)
        self._notices.start()

    async def close(self) -> None:
        if self._notices is not None:
            await self._notices.close()
