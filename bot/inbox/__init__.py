"""What comes in: each update is handled once, in one transaction with everything that follows from it."""

from bot.inbox.core import Core, Crisis, Wake
from bot.inbox.receiving import Inbox

__all__ = ["Core", "Crisis", "Inbox", "Wake"]
