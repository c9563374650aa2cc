"""What a practice still needs before its texts may go to people on a real platform."""

from __future__ import annotations

import re
from typing import Final

from bot.core.content.model import Practice

_LIVE: Final = re.compile(r"(?:https?://(?![^/]*\.(?:example|test|invalid|localhost)(?:[/:]|$))|t\.me/|tel:)\S+")
"""An address that a channel shows as a link; names kept for examples (RFC 2606) lead nowhere."""


def missing_for_launch(practice: Practice) -> list[str]:
    """One line for each thing that is missing, in Dutch, naming the field of practice.yaml; empty when it may go."""
    missing = []
    if not practice.approved:
        missing.append("approved: wie namens de praktijk de teksten goedkeurde (by) en op welke dag (on)")
    missing.extend(
        f"offers.{offer.id}.link: het adres van '{offer.title}'"
        for offer in practice.offers.values()
        if not _LIVE.fullmatch(offer.link)
    )
    return missing
