"""What the safety check says about a message."""

from dataclasses import dataclass
from typing import Literal

Tier = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A recognised phrase. Only `rule` and `tier` may be logged, never the text.

    Tier A: method, plan, time, goodbye, attempt, or violence and a child in danger (`rule` starts with "abuse.").
    Tier B: wanting to be dead, self-harm. Tier C: hopeless, a burden. `third_party`: it is about somebody else.
    """

    tier: Tier
    third_party: bool
    rule: str
