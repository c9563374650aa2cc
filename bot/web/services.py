"""What the web needs of the rest of the house, as plain data that `app` fills in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.channels.protocol import Deliver
from bot.channels.webchat import Hub
from bot.clock import Clock, SteppingClock
from bot.core.content.launch import missing_for_launch
from bot.core.content.model import Library, Practice
from bot.core.messages import Inbound
from bot.metrics import Metrics
from bot.store.database import Database
from bot.worker.status import AccountStatus


class WebhookPort(Protocol):
    """An account whose platform calls us."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Inbound:
        """Checks the call's secret and parses it. Raises BadRequest for what is not to be answered with 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    database: Database
    library: Callable[[], Library]
    """The library of now: a reload of content is seen by the next request."""
    receive: Deliver
    """`Inbox.deliver`."""
    clock: Clock
    stepping: SteppingClock | None = None
    """The same clock where it can be moved by hand; the demo's clock bar needs it."""
    hub: Hub
    is_told: Callable[[], bool] = lambda: True
    """Whether everything new in a web chat wakes the hub, whichever process it comes from."""
    accounts: Callable[[], Sequence[AccountStatus]]
    """Every account with its state of now, for /readyz."""
    webhooks: Mapping[str, WebhookPort]
    """By account key (`<practice>:telegram`); one that polls answers 404 by itself."""
    cookie_secret: str
    """Signs the visitors' cookies; another secret means that every visitor is a new one."""
    version: str
    one_time_code: Callable[[str], str] = lambda prefix: prefix + secrets.token_urlsafe(16)
    """A fresh random code with that prefix."""
    metrics: Metrics = field(default_factory=Metrics)
    """What this process counts; inbox and worker write into the same one."""
    public_url: str = ""
    """The site's own address, without a closing slash; https makes cookies Secure."""
    only_approved: bool = False
    """People from outside come here: nobody new gets into a chat whose texts nobody approved."""
    demo: bool = False
    lan: bool = False
    """The demo serves the phones in the house: what is for this machine alone answers 404 to them."""
    new_visitors_an_hour: int = 30
    """New web chat visitors per client address (IPv6: per /64) an hour."""

    def is_open(self, practice: Practice) -> bool:
        """Whether somebody new may begin a chat."""
        return not self.only_approved or not missing_for_launch(practice)

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")
