"""A strict Bot API on the loopback, for tests in the same loop or (`python tests/stubs/telegram.py`) as a process.

    async with TelegramStub() as stub:
        sanne = stub.user(1)
        sanne.says("HECHTING")
        explanation, exercise = await sanne.hears(2)
        sanne.taps("Gedaan")

As a process it also has POST /control/update {"chat": 1, "says": "HECHTING"} (or opens, edits, taps, sends, blocks,
unblocks, raw; with several bots "bot": username), POST /control/fail {"method": "sendMessage", "faults": [{...}],
"always": false} and GET /control/sent.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Its own folder would hide the package `telegram`.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import argparse
import asyncio
import json
import math
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from tests.stubs.telegram_rules import Refusal, check_commands, decoded, keyboard, visible_text
from tests.stubs.telegram_world import Bell, BotState, Fault, Ledger, Person, Sent

TOKEN: Final = "123456:" + "stub" * 9
USERNAME: Final = "nabij_stub_bot"
_TOKEN: Final = re.compile(r"[0-9]{3,}:[A-Za-z0-9_-]{8,}")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_KINDS: Final = frozenset(
    """message edited_message channel_post edited_channel_post callback_query my_chat_member chat_member poll
    poll_answer inline_query""".split()
)
_WEBHOOK_RETRY: Final = 0.1
_ACTIONS: Final = frozenset({"says", "opens", "edits", "taps", "sends", "blocks", "unblocks"})


class TelegramStub:
    """Bots by token, on 127.0.0.1. `rate` is in accepted sends a second per bot, `latency` in real seconds."""

    def __init__(
        self,
        bots: Mapping[str, str] | None = None,
        *,
        ledger: Path | None = None,
        rate: float = math.inf,
        latency: float = 0.0,
    ) -> None:
        self.bell = Bell()
        self.bots = {
            token: BotState(token, username, int(token.split(":")[0]), self.bell)
            for token, username in (bots or {TOKEN: USERNAME}).items()
        }
        self.rate = rate
        self.latency = latency
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """Method and parameters of every call that reached a bot, getUpdates excepted."""
        self.early: list[float] = []
        """How many seconds before the end of a 429 window a send came."""
        self.decide: Callable[[str, dict[str, Any]], Fault | None] | None = None
        """Asked for each call that no planned fault takes."""
        self.always: dict[str, Fault] = {}
        self.keeps_alive = True
        """Whether a connection is of use for more than one call."""
        self.clock_speed = 1.0
        """How fast the bot's own clock runs: the windows of a 429 are in its seconds."""
        self._planned: dict[str, deque[Fault]] = {}
        self._ledger = Ledger(ledger)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._pushing: asyncio.Task[None] | None = None
        self._closing = False
        self.port = 0
        self._methods = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "setmycommands": self._set_my_commands,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "answercallbackquery": self._answer_callback_query,
            "leavechat": self._leave_chat,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sent(self) -> list[Sent]:
        return self._ledger.sent

    def bot(self, username: str = "") -> BotState:
        return next(bot for bot in self.bots.values() if username in {"", bot.username})

    def user(self, chat: int, name: str = "Sanne", *, bot: str = "", language: str = "nl") -> Person:
        """A person who has opened the chat with the bot (the first one by default); the same one each time."""
        state = self.bot(bot)
        return state.people.setdefault(chat, Person(state, chat, name, language))

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of the method go wrong, in this order."""
        self._planned.setdefault(method, deque()).extend(faults)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_post("/control/update", self._control_update)
        app.router.add_post("/control/fail", self._control_fail)
        app.router.add_get("/control/sent", self._control_sent)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self.port = port
        await self.comes_back()
        self._pushing = asyncio.create_task(self._push_webhooks())

    async def stop(self) -> None:
        self._closing = True
        self.bell.ring()
        if self._pushing is not None:
            self._pushing.cancel()
            await asyncio.wait([self._pushing])
        if self._runner is not None:
            await self._runner.cleanup()
        self._ledger.close()

    async def goes_away(self) -> None:
        """New connections are refused; what hangs on a long poll ends."""
        self._closing = True
        self.bell.ring()
        if self._site is not None:
            await self._site.stop()
        if self._runner is not None and self._runner.server is not None:
            await self._runner.server.shutdown(0.1)

    async def comes_back(self) -> None:
        if self._runner is None:
            raise RuntimeError("not started")
        self._closing = False
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await self._site.start()
        self.port = int(self._runner.addresses[0][1])

    # --- the Bot API

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token = request.match_info["token"]
        bot = self.bots.get(token)
        if bot is None:
            status, text = (401, "Unauthorized") if _TOKEN.fullmatch(token) else (404, "Not Found")
            return _refused(Refusal(status, text))
        try:
            parameters = await _parameters(request)
            if method != "getUpdates":
                self.requests.append((method, parameters))
            fault = self._fault(method, parameters)
            answer = await self._answer(request, bot, method, parameters, fault)
        except Refusal as refusal:
            answer = _refused(refusal)
        if not self.keeps_alive:
            answer.force_close()
        return answer

    async def _answer(
        self, request: web.Request, bot: BotState, method: str, parameters: dict[str, Any], fault: Fault
    ) -> web.StreamResponse:
        if fault.cut == "before":
            return _cut(request)
        if fault.status and not fault.counts:
            await asyncio.sleep(fault.delay)
            raise self._failure(bot, fault)
        answer = _granted(await self._perform(bot, method, parameters))
        if self.latency or fault.delay:
            await asyncio.sleep(self.latency + fault.delay)
        if fault.cut == "after":
            return _cut(request)
        if fault.cut == "middle":
            return await _half(request, answer)
        if fault.status:
            raise self._failure(bot, fault)
        return web.Response(text=fault.body, content_type="application/json") if fault.body else answer

    async def _perform(self, bot: BotState, method: str, parameters: dict[str, Any]) -> Any:
        perform = self._methods.get(method.lower())
        if perform is None:
            raise Refusal(404, "Not Found")
        return await perform(bot, parameters)

    def _fault(self, method: str, parameters: dict[str, Any]) -> Fault:
        planned = self._planned.get(method)
        if planned and str(planned[0].chat or parameters.get("chat_id")) == str(parameters.get("chat_id")):
            return planned.popleft()
        decided = self.decide(method, parameters) if self.decide is not None else None
        return decided or self.always.get(method) or Fault()

    def _failure(self, bot: BotState, fault: Fault) -> Refusal:
        if fault.retry_after:
            bot.closed_until = asyncio.get_running_loop().time() + fault.retry_after / self.clock_speed
            text = f"Too Many Requests: retry after {fault.retry_after}"
            return Refusal(fault.status, text, retry_after=fault.retry_after)
        more = {"migrate_to_chat_id": fault.migrate_to} if fault.migrate_to else {}
        return Refusal(fault.status, fault.description or "Internal Server Error", **more)

    def _admit(self, bot: BotState) -> None:
        """Raises Refusal 429 above the rate, and while a 429's wait is not over."""
        now = asyncio.get_running_loop().time()
        if now < bot.closed_until:
            self.early.append(bot.closed_until - now)
            raise Refusal(429, "Too Many Requests: retry after", retry_after=math.ceil(bot.closed_until - now))
        if math.isinf(self.rate):
            return
        most = max(1.0, self.rate)
        bot.tokens = min(most, bot.tokens + (now - bot.filled_at) * self.rate) if bot.filled_at else most
        bot.filled_at = now
        if bot.tokens < 1:
            bot.closed_until = now + 1
            raise Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        bot.tokens -= 1

    async def _get_me(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        return bot.user()

    async def _get_updates(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        bot.poll += 1
        mine = bot.poll
        if bot.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        _set_kinds(bot, parameters)
        bot.bell.ring()
        offset, limit = int(parameters.get("offset") or 0), int(parameters.get("limit") or 100)
        found = bot.take(offset, limit)
        if not found:
            wait = float(parameters.get("timeout") or 0)
            await bot.bell.until(lambda: bot.updates or bot.poll != mine or bot.webhook or self._closing, wait)
            if bot.poll != mine or bot.webhook:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
            found = bot.take(0, limit)
        return found

    async def _set_webhook(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        url, secret = str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
        if url and not url.startswith(("https://", "http://127.0.0.1")):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not _SECRET.fullmatch(secret):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        _set_kinds(bot, parameters)
        bot.webhook, bot.secret = url, secret
        bot.bell.ring()
        return True

    async def _delete_webhook(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        bot.webhook = bot.secret = ""
        if parameters.get("drop_pending_updates"):
            bot.updates.clear()
        bot.bell.ring()
        return True

    async def _get_webhook_info(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        return {"url": bot.webhook, "has_custom_certificate": False, "pending_update_count": len(bot.updates)}

    async def _set_my_commands(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        bot.commands = check_commands(parameters.get("commands"))
        return True

    async def _send_message(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        text = visible_text(parameters, "text", 4096)
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        return self._accept(bot, parameters, text, str(parameters["text"]), "text")

    async def _send_photo(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        if not parameters.get("photo"):
            raise Refusal(400, "Bad Request: there is no photo in the request")
        text = visible_text(parameters, "caption", 1024)
        return self._accept(bot, parameters, text, str(parameters.get("caption", "")), "caption")

    async def _send_document(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        if not parameters.get("document"):
            raise Refusal(400, "Bad Request: there is no document in the request")
        text = visible_text(parameters, "caption", 1024)
        message = self._accept(
            bot, parameters, text, str(parameters.get("caption", "")), "caption", parameters["document"].decode()
        )
        del message["photo"]
        return message | {"document": {"file_id": "d", "file_unique_id": "u"}}

    def _accept(
        self, bot: BotState, parameters: dict[str, Any], text: str, raw: str, field: str, file: str = ""
    ) -> dict[str, Any]:
        person = bot.person(parameters.get("chat_id", ""))
        keys = keyboard(parameters.get("reply_markup"))
        self._admit(bot)
        sent = Sent(bot.username, person.chat, bot.next_message, text, raw, keys, time.time(), file)
        bot.next_message += 1
        self._ledger.add(sent)
        person.received.append(sent)
        self.bell.ring()
        message: dict[str, Any] = {
            "message_id": sent.message_id,
            "date": int(sent.at),
            "chat": person.chat_object(),
            "from": bot.user(),
            field: text,
        }
        if field == "caption":
            message["photo"] = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
        return message

    async def _answer_callback_query(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        tap = str(parameters.get("callback_query_id", ""))
        if tap not in bot.open_taps:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        bot.open_taps.remove(tap)
        bot.answered_taps.append(tap)
        return True

    async def _leave_chat(self, bot: BotState, parameters: dict[str, Any]) -> Any:
        bot.left.append(bot.person(parameters.get("chat_id", "")).chat)
        return True

    # --- webhooks

    async def _push_webhooks(self) -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            while True:
                await self.bell.until(lambda: any(bot.webhook and bot.updates for bot in self.bots.values()), 3600)
                for bot in self.bots.values():
                    if bot.webhook and bot.updates and not await _pushed(session, bot):
                        await asyncio.sleep(_WEBHOOK_RETRY)

    # --- control of a process

    async def _control_update(self, request: web.Request) -> web.Response:
        wish: dict[str, Any] = await request.json()
        bot = self.bot(wish.get("bot", ""))
        if "raw" in wish:
            bot.push_raw(wish["raw"])
            return web.json_response({"update_id": wish["raw"].get("update_id")})
        person = self.user(int(wish["chat"]), bot=bot.username)
        action = next((name for name in wish if name in _ACTIONS), "")
        if not action:
            return web.json_response({"error": f"one of {sorted(_ACTIONS)} is needed"}, status=400)
        do, value = getattr(person, action), wish[action]
        try:
            return web.json_response({"update_id": do(value) if isinstance(value, str) else do()})
        except (LookupError, StopIteration) as error:
            return web.json_response({"error": f"no such button: {error}"}, status=409)

    async def _control_fail(self, request: web.Request) -> web.Response:
        wish = await request.json()
        method, faults = wish["method"], [Fault(**fault) for fault in wish["faults"]]
        if not wish.get("always"):
            self.fail(method, *faults)
        elif faults:
            self.always[method] = faults[-1]
        else:
            self.always.pop(method, None)
        return web.json_response({})

    async def _control_sent(self, request: web.Request) -> web.Response:
        return web.json_response({"sent": [asdict(sent) for sent in self.sent], "early": self.early})


async def _parameters(request: web.Request) -> dict[str, Any]:
    try:
        if request.content_type == "application/json":
            given = await request.json()
            return given if isinstance(given, dict) else {}
        form = await request.post()
    except ValueError:
        raise Refusal(400, "Bad Request: can't parse request") from None
    given = {name: value.file.read() if isinstance(value, web.FileField) else value for name, value in form.items()}
    return {**request.query, **given}


def _set_kinds(bot: BotState, parameters: dict[str, Any]) -> None:
    if "allowed_updates" in parameters:
        kinds = decoded(parameters["allowed_updates"])
        if not isinstance(kinds, list) or not set(kinds) <= _KINDS:
            raise Refusal(400, "Bad Request: can't parse allowed updates")
        bot.kinds = tuple(kinds)


async def _pushed(session: aiohttp.ClientSession, bot: BotState) -> bool:
    update = bot.updates[0]
    headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret} if bot.secret else {}
    try:
        async with session.post(bot.webhook, json=update, headers=headers) as response:
            done = 200 <= response.status < 300
    except aiohttp.ClientError:
        done = False
    if done and update in bot.updates:
        bot.updates.remove(update)
        bot.confirm(update)
    return done


def _granted(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refused(refusal: Refusal) -> web.Response:
    answer: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        answer["parameters"] = refusal.parameters
    return web.json_response(answer, status=refusal.status)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, answer: web.Response) -> web.StreamResponse:
    body = answer.body if isinstance(answer.body, bytes) else b""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _cut(request)
    return response


async def _serve(options: argparse.Namespace) -> None:
    bots = dict(pair.rsplit("=", 1) for pair in options.bot) or None
    stub = TelegramStub(bots, ledger=options.ledger, rate=options.rate, latency=options.latency)
    await stub.start(options.port)
    print(json.dumps({"url": stub.url, "tokens": list(stub.bots)}), flush=True)  # noqa: T201 - what the caller reads
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--rate", type=float, default=math.inf)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--bot", action="append", default=[], metavar="TOKEN=USERNAME")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
