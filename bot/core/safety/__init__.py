"""Recognises listed phrases of danger in a message, before anything else happens with it."""

from bot.core.safety.alarm import Alarm, Tier
from bot.core.safety.checking import check

__all__ = ["Alarm", "Tier", "check"]
