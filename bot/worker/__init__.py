"""What goes out: plans due subscribers, sends due messages, keeps house."""

from bot.worker.crew import ALONE_TICK, SAFETY_TICK, Worker
from bot.worker.status import AccountStatus

__all__ = ["ALONE_TICK", "SAFETY_TICK", "AccountStatus", "Worker"]
