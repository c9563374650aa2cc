"""Only our own pages may post: Origin and Sec-Fetch-Site (RELIABILITY.md, "Security"; the form token comes on top)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request


def refuse_other_sites(request: Request, public_url: str) -> None:
    """Raises HTTPException 403 unless the request comes from a page of this site.

    Sec-Fetch-Site is sent by browsers to https and loopback only; Origin is sent with every POST, so it must be there.
    Behind a proxy the Host may be another one; then the site's own address counts.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = urlsplit(request.headers.get("origin", "")).netloc
    ours = {request.headers.get("host", ""), urlsplit(public_url).netloc} - {""}
    if site != "same-origin" or origin not in ours:
        raise HTTPException(403)
