"""How an account fares, for /readyz and for whoever wonders why nothing comes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AccountMode(StrEnum):
    STARTING = "starting"
    ON = "on"
    PAUSED = "paused"
    """Five unclear answers in a row: nothing is sent before the platform answers a question again."""
    OFF = "off"
    """The platform refuses the account itself; only a new start, with other settings, changes that."""
    ELSEWHERE = "elsewhere"
    """Another worker sends for it, or nobody does at this moment."""


@dataclass(frozen=True, slots=True)
class AccountStatus:
    account: str
    mode: AccountMode
    reason: str = ""
    """A plain sentence or word without tokens, names or numbers."""
