"""The web application, built from Services and nothing else."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from bot.crash import kind_and_place
from bot.store.errors import DatabaseUnavailable
from bot.web.chat import chat_routes
from bot.web.demo import demo_routes
from bot.web.export import export_routes
from bot.web.health import health_routes
from bot.web.home import home_routes
from bot.web.metrics import metrics_routes
from bot.web.pages import STATIC, error_response
from bot.web.plan import plan_routes
from bot.web.said import said_routes
from bot.web.security import Guard
from bot.web.services import Services
from bot.web.visitors import Visitors
from bot.web.webhooks import Webhooks

_BIGGEST_BODY: Final = 64_000
"""Bytes of any body that has no limit of its own: 4,000 characters in JSON's longest spelling are 48,000."""
_log = structlog.get_logger(__name__)


def create_web(services: Services) -> ASGIApp:
    """The ASGI app. It starts and stops nothing: what it uses is started before it and stopped after it."""
    web = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, max_body_size=_BIGGEST_BODY)
    visitors = Visitors(services.cookie_secret, secure=services.secure, new_an_hour=services.new_visitors_an_hour)

    web.include_router(health_routes(services))
    web.include_router(metrics_routes(services))
    web.include_router(home_routes(services))
    web.include_router(chat_routes(services, visitors))
    web.include_router(said_routes(services, visitors))
    web.include_router(export_routes(services))
    web.include_router(plan_routes(services))
    if services.demo and services.stepping is not None:
        web.include_router(demo_routes(services, services.stepping))
    web.mount("/static", Static(directory=STATIC))

    @web.get("/favicon.ico")
    async def favicon() -> Response:
        return RedirectResponse("/static/nabij.svg", 308)

    web.add_middleware(Guard, secure=services.secure, lan=services.lan)
    web.add_exception_handler(HTTPException, _refused)
    web.add_exception_handler(RequestValidationError, _misunderstood)
    web.add_exception_handler(DatabaseUnavailable, _database_away)
    return Webhooks(web, services)


def create_watch(services: Services) -> FastAPI:
    """What a process that only sends has to tell: whether it lives, how its accounts fare, and its metrics."""
    watch = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, max_body_size=0)
    watch.include_router(health_routes(services))
    watch.include_router(metrics_routes(services))
    return watch


class Static(StaticFiles):
    """Files of the pages. An address that holds the file's hash (`?v=`) is asked for once; a script that another
    script names by its bare address is asked for each time, and answered by 304 as long as it is the same."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        named = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        return response


async def _refused(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, HTTPException):
        raise problem
    # Words of our own are Dutch sentences; the library's are the English name of the status.
    usual = problem.detail == HTTPStatus(problem.status_code).phrase
    response = error_response(request, problem.status_code, "" if usual else problem.detail)
    response.headers.update(problem.headers or {})
    return response


async def _misunderstood(request: Request, _: Exception) -> Response:
    return error_response(request, 400)


async def _database_away(request: Request, problem: Exception) -> Response:
    _log.error("database_away", **kind_and_place(problem))
    return error_response(request, 503)
