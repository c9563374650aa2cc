"""What goes out: plans due subscribers, sends due messages, keeps house."""

from bot.worker.crew import Worker
from bot.worker.stand_in import StandIn
from bot.worker.status import AccountStatus

__all__ = ["AccountStatus", "StandIn", "Worker"]
