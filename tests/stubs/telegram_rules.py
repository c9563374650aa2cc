"""What Telegram takes and refuses, stricter than it where its pages say "must". Pure; used by the stub.

Sources: core.telegram.org/bots/api#html-style, #sendmessage, #inlinekeyboardbutton, #botcommand.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any, Final

TAGS: Final = frozenset("b strong i em u ins s strike del a code pre blockquote tg-spoiler span".split())
_PIECE: Final = re.compile(
    r"<(?P<end>/?)(?P<tag>[a-z-]+)(?P<attributes>(?:\s+[a-z-]+(?:=\"[^\"<>]*\")?)*)\s*>"
    r"|&(?P<entity>#\d+|#x[0-9a-fA-F]+|[a-z]+);"
    r"|[<>&]"
)
_CANT_PARSE: Final = "Bad Request: can't parse entities: "
_ENTITIES: Final = frozenset({"lt", "gt", "amp", "quot"})
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_MOST_BUTTONS: Final = 100


class Refusal(Exception):
    """A Bot API answer that is no success."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def parse_html(source: str) -> str:
    """The visible text. Raises Refusal for unknown, unbalanced or misused tags, unknown entities and bare < > &."""
    text: list[str] = []
    open_tags: list[str] = []
    end = 0
    for piece in _PIECE.finditer(source):
        text.append(source[end : piece.start()])
        end = piece.end()
        tag, entity = piece["tag"], piece["entity"]
        if tag is not None:
            (_close if piece["end"] else _open)(open_tags, tag, piece["attributes"].strip())
        elif entity is not None and (entity in _ENTITIES or entity.startswith("#")):
            text.append(html.unescape(piece[0]))
        else:
            raise Refusal(400, f'{_CANT_PARSE}unexpected "{piece[0]}"')
    if open_tags:
        raise Refusal(400, f'{_CANT_PARSE}can\'t find end tag corresponding to "{open_tags[-1]}"')
    return "".join([*text, source[end:]]).strip()


def _close(open_tags: list[str], tag: str, attributes: str) -> None:
    if attributes or not open_tags or open_tags.pop() != tag:
        raise Refusal(400, f'{_CANT_PARSE}unexpected end tag "{tag}"')


def _open(open_tags: list[str], tag: str, attributes: str) -> None:
    if tag not in TAGS:
        raise Refusal(400, f'{_CANT_PARSE}unsupported start tag "{tag}"')
    if (tag == "a") != attributes.startswith("href="):
        raise Refusal(400, f'{_CANT_PARSE}wrong attributes of "{tag}"')
    if tag == "blockquote" and tag in open_tags:
        raise Refusal(400, f"{_CANT_PARSE}blockquotes can't be nested")
    if open_tags and open_tags[-1] in {"code", "pre"}:
        raise Refusal(400, f"{_CANT_PARSE}nothing can stand within code")
    open_tags.append(tag)


def visible_text(parameters: dict[str, Any], field: str, longest: int) -> str:
    """The text of a message or caption as its reader sees it. Raises Refusal."""
    raw = parameters.get(field, "")
    if not isinstance(raw, str):
        raise Refusal(400, "Bad Request: strings must be encoded in UTF-8")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise Refusal(400, "Bad Request: strings must be encoded in UTF-8") from None
    mode = parameters.get("parse_mode", "")
    if mode not in {"", "HTML"}:
        raise Refusal(400, "Bad Request: unsupported parse_mode")
    text = parse_html(raw) if mode else raw.strip()
    if len(text.encode("utf-16-le")) // 2 > longest:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def keyboard(markup: Any) -> list[list[tuple[str, str]]]:
    """Rows of (label, callback data). Raises Refusal."""
    if markup is None or markup == "":
        return []
    markup = decoded(markup)
    lines = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
        raise Refusal(400, "Bad Request: can't parse reply keyboard markup JSON object")
    if sum(map(len, lines)) > _MOST_BUTTONS or any(len(line) > 8 for line in lines):
        raise Refusal(400, "Bad Request: reply markup is too long")
    return [[_key(key) for key in line] for line in lines]


def _key(key: Any) -> tuple[str, str]:
    if not isinstance(key, dict) or not isinstance(key.get("text"), str) or not key["text"].strip():
        raise Refusal(400, "Bad Request: can't parse inline keyboard button: text buttons can't be empty")
    data = key.get("callback_data")
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return key["text"], data


def check_commands(raw: Any) -> list[dict[str, str]]:
    commands = decoded(raw)
    if not isinstance(commands, list) or len(commands) > 100:
        raise Refusal(400, "Bad Request: can't parse commands specified")
    for command in commands:
        name, description = command.get("command"), command.get("description")
        if not isinstance(name, str) or not _COMMAND.fullmatch(name):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if not isinstance(description, str) or not 1 <= len(description) <= 256:
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    return commands


def decoded(value: Any) -> Any:
    """Structured parameters come as JSON or, in forms, as JSON in a string."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise Refusal(400, "Bad Request: can't parse JSON object") from None
