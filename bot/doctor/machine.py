"""The machine around it: room on the disk, the files beside the database, the certificate of the public address."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import ssl
import stat
import time
from typing import Final
from urllib.parse import urlsplit

from bot.doctor.database import sqlite_file
from bot.doctor.report import Line, notice, ok, wrong
from bot.settings import Settings
from bot.store import tombstones
from bot.store.crypt import KEY_FILE
from bot.store.errors import UnknownDatabase

CERTIFICATE_DAYS: Final = 14
"""One that ends sooner was not renewed: the usual services do that a month before its end."""
LEAST_ROOM: Final = 500_000_000
"""Bytes that are to stay free in the data folder, beside twice the database: a migration makes a copy of it."""

_WITHIN: Final = 10.0
_DAY: Final = 86_400


def look_at_room(settings: Settings) -> Line:
    subject = "Schijf"
    if not settings.data_dir.exists():
        return notice(subject, f"de map {settings.data_dir} is er nog niet; `nabij serve` maakt hem.")
    try:
        free = shutil.disk_usage(settings.data_dir).free
        file = sqlite_file(settings)
        needed = LEAST_ROOM + (2 * file.stat().st_size if file is not None and file.exists() else 0)
    except (OSError, UnknownDatabase) as error:
        return notice(subject, f"{settings.data_dir} is niet te bekijken ({getattr(error, 'strerror', '') or error}).")
    if free < needed:
        return wrong(
            subject,
            f"nog {_gigabytes(free)} GB vrij in {settings.data_dir}, en {_gigabytes(needed)} is nodig. Maak ruimte: op "
            "een volle schijf wordt niets meer aangenomen.",
        )
    return ok(subject, f"{_gigabytes(free)} GB vrij.")


def look_at_files(settings: Settings) -> list[Line]:
    lines = []
    key = settings.data_dir / KEY_FILE
    if settings.secret_key is not None:
        lines.append(ok("Sleutel", "gegeven in NABIJ_SECRET_KEY."))
    elif key.exists():
        private = not key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        lines.append(
            ok("Sleutel", f"{key}. Bewaar hem ook apart van de back-ups.")
            if private
            else wrong("Sleutel", f"{key} is leesbaar voor anderen: chmod 600 {key}")
        )
    log = settings.data_dir / tombstones.FILE
    beside = log if log.exists() else settings.data_dir
    if beside.exists():
        lines.append(
            ok("STOP-logboek", f"{log} is te schrijven. Bewaar het bij de back-ups.")
            if os.access(beside, os.W_OK)
            else wrong(
                "STOP-logboek", f"{log} is niet te schrijven, en zonder neemt Nabij geen STOP aan. Geef rechten."
            )
        )
    return lines


async def look_at_certificate(settings: Settings, trust: ssl.SSLContext) -> Line:
    subject = "Certificaat"
    address = urlsplit(settings.public_url)
    if address.scheme != "https" or address.hostname is None:
        webhooks = [name for name, one in settings.practices.items() if one.telegram and one.telegram.mode == "webhook"]
        if webhooks:
            return wrong(subject, "een webhook vraagt een adres met https:// in NABIJ_PUBLIC_URL.")
        return ok(subject, "niet nodig: NABIJ_PUBLIC_URL is geen https-adres.")
    where = f"{address.hostname}:{address.port or 443}"
    try:
        ends = await asyncio.to_thread(_ends, address.hostname, address.port or 443, trust)
    except ssl.SSLCertVerificationError as error:
        return wrong(subject, f"{where} heeft geen geldig certificaat ({error.verify_message}). Vernieuw het.")
    except (OSError, ValueError) as error:
        return notice(subject, f"{where} is vanaf deze machine niet te bereiken ({type(error).__name__}).")
    days = int((ends - time.time()) // _DAY)
    if days < CERTIFICATE_DAYS:
        return wrong(
            subject, f"{where} verloopt over {days} dagen. Vernieuw het, en kijk waarom dat niet vanzelf ging."
        )
    return ok(subject, f"{where} is nog {days} dagen geldig.")


def _ends(host: str, port: int, trust: ssl.SSLContext) -> float:
    """Seconds since 1970 at which the certificate ends. Raises SSLCertVerificationError, OSError, ValueError."""
    with (
        socket.create_connection((host, port), timeout=_WITHIN) as plain,
        trust.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert()
    ends = certificate.get("notAfter") if certificate else None
    if not isinstance(ends, str):
        raise ValueError("the certificate does not say when it ends")
    return float(ssl.cert_time_to_seconds(ends))


def _gigabytes(size: int) -> str:
    return f"{size / 1_000_000_000:.1f}".replace(".", ",")
