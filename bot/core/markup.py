"""Markdown of content, as a chat shows it: Telegram's HTML, HTML for the web chat, and plain text.

CommonMark without what could lose or hide a word: raw HTML, entities, link definitions and code blocks stay as typed,
and so does a link to anything but http(s), a phone number, t.me or the page of a safety plan.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markdown_it.utils import EnvType, OptionsDict

_DEEPEST: Final = 20
"""Beyond this many blocks inside each other the parser drops text, so such a text is shown as it was typed."""

_LINK: Final = re.compile(r"(?:https?://|t\.me/)[^\s]+|tel:[+0-9()\-. %]+|/plan/[A-Za-z0-9_-]+", re.IGNORECASE)
_HELP_LINE: Final = re.compile(r"(?<![\w.,-])(?:112|113|1813|0[89]00-\d{4}|088 0767 000)(?![\w-]|[.,]\d|\.nl\b)")
_BARE_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)'\]]", re.IGNORECASE)
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_TAG: Final = re.compile(r"<[^>]*>")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_RULE: Final = "———"


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one kind of reader marks what Markdown marks. `mark` gets a tag's name and its finished inside."""

    text: Callable[[str], str]
    mark: Callable[[str, str], str]
    link: Callable[[str, str], str]


def to_telegram_html(markdown: str) -> str:
    """HTML as Telegram's parse mode HTML takes it: b, i, a, code and blockquote, balanced, everything else escaped.

    Source: core.telegram.org/bots/api#html-style. Not limited in length: see `visible_length`.
    """
    return _telegram(markdown)


@lru_cache(maxsize=256)
def _telegram(markdown: str) -> str:
    return _Writer(_TELEGRAM).document(_readable(markdown))


def to_plain_text(markdown: str) -> str:
    """What a reader sees, without marks; a link's address follows its words."""
    return _Writer(_PLAIN).document(_readable(markdown))


def to_web_html(markdown: str) -> str:
    """HTML for our own pages, safe to insert as it is: no attribute or tag comes from the text but checked links."""
    source = _readable(markdown)
    tokens = _PARSER.parse(source)
    if _too_deep(tokens):
        return f"<p>{_escape(source)}</p>\n"
    return str(_WEB.renderer.render(_headings_as_bold(tokens), _WEB.options, {}))


def escape_markdown(text: str) -> str:
    """A person's own words (a name, a quotation) as Markdown that shows exactly them, on one line."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


@lru_cache(maxsize=256)
def visible_length(telegram_html: str) -> int:
    """Length as Telegram counts it against 4096: UTF-16 units after its tags and entities are read."""
    return len(html.unescape(_TAG.sub("", telegram_html)).encode("utf-16-le", "surrogatepass")) // 2


@lru_cache(maxsize=256)
def may_preview(telegram_html: str) -> bool:
    """Whether a chat could find an address in it to show a preview of (a bare "naam.nl" is enough)."""
    return re.search(r"[^\s.]\.[^\s.<]|://|<a ", telegram_html) is not None


def _readable(text: str) -> str:
    """Without what no chat accepts: lone surrogates and control characters."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub(lambda found: " " if found[0].isspace() else "", text)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _address(href: str) -> str:
    return f"https://{href}" if href[:5].lower() == "t.me/" else href


def _telegram_link(inside: str, href: str) -> str:
    # Telegram drops tel: links without a word, so the number has to be readable.
    if href[:4].lower() == "tel:":
        return _with_address(inside, href, _escape)
    return f'<a href="{_escape(_address(href))}">{inside or _escape(href)}</a>'


def _plain_link(inside: str, href: str) -> str:
    return _with_address(inside, href, str)


def _with_address(inside: str, href: str, text: Callable[[str], str]) -> str:
    shown = href[4:] if href[:4].lower() == "tel:" else href
    known = re.sub(r"[\s-]", "", shown) in re.sub(r"[\s-]", "", html.unescape(inside))
    if known:
        return inside
    return f"{inside} ({text(shown)})" if inside else text(shown)


_TELEGRAM: Final = _Dialect(
    text=_escape, mark=lambda tag, inside: f"<{tag}>{inside}</{tag}>" if inside else "", link=_telegram_link
)
_PLAIN: Final = _Dialect(text=str, mark=lambda _, inside: inside, link=_plain_link)


class _Parser(MarkdownIt):
    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "xhtmlOut": False, "maxNesting": _DEEPEST})
        self.disable(["code", "fence", "reference", "entity", "html_block", "html_inline", "image"])

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """The library's hook: what is no link stays text."""
        return _LINK.fullmatch(url) is not None


_PARSER: Final = _Parser()


def _too_deep(tokens: Sequence[Token]) -> bool:
    marks = (child for token in tokens for child in token.children or ())
    return any(token.level >= _DEEPEST - 1 for token in tokens) or any(mark.level >= _DEEPEST for mark in marks)


class _Writer:
    """Walks a parsed text and writes it in one dialect."""

    def __init__(self, dialect: _Dialect) -> None:
        self._dialect = dialect
        self._open: set[str] = set()

    def document(self, source: str) -> str:
        tokens = _PARSER.parse(source)
        if _too_deep(tokens):
            return self._dialect.text(source.strip())
        return self._blocks(SyntaxTreeNode(tokens).children).strip("\n")

    def _blocks(self, nodes: Sequence[SyntaxTreeNode], between: str = "\n\n") -> str:
        return between.join(filter(None, map(self._block, nodes)))

    def _block(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "heading":
                return self._marked("b", node)
            case "blockquote":
                return self._once("blockquote", lambda: self._blocks(node.children))
            case "bullet_list" | "ordered_list":
                return "\n".join(map(self._item, node.children))
            case "hr":
                return _RULE
            case _:
                return "".join(map(self._inline, node.children))

    def _item(self, item: SyntaxTreeNode) -> str:
        mark = f"{item.info}." if item.info else "•"
        first, *more = self._blocks(item.children, "\n").split("\n")
        return "\n".join([f"{mark} {first}".rstrip(), *(f"  {line}" for line in more)])

    def _inline(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "text" | "text_special":
                return self._dialect.text(node.content)
            case "softbreak":
                return " "
            case "hardbreak":
                return "\n"
            case "strong":
                return self._marked("b", node)
            case "em":
                return self._marked("i", node)
            case "code_inline":
                return self._dialect.mark("code", self._dialect.text(node.content))
            case "link":
                return self._dialect.link(self._all(node), str(node.attrs["href"]))
            case _:
                return self._all(node)

    def _all(self, node: SyntaxTreeNode) -> str:
        return "".join(map(self._inline, node.children))

    def _marked(self, tag: str, node: SyntaxTreeNode) -> str:
        return self._once(tag, lambda: self._all(node))

    def _once(self, tag: str, inside: Callable[[], str]) -> str:
        """A tag within itself says nothing, and Telegram refuses a quotation in a quotation."""
        if tag in self._open:
            return inside()
        self._open.add(tag)
        try:
            return self._dialect.mark(tag, inside())
        finally:
            self._open.remove(tag)


class _WebRenderer(RendererHTML):
    """The library's own renderer, with links that open apart and bare addresses that can be tapped."""

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        token = tokens[idx]
        if any(before.type == "link_open" for before in _unclosed(tokens[:idx])):
            return _escape(token.content)
        parts: list[str] = []
        end = 0
        for found in _BARE_ADDRESS.finditer(token.content):
            parts += _with_numbers(token.content[end : found.start()]), _web_link(found[0]), _escape(found[0]), "</a>"
            end = found.end()
        return "".join([*parts, _with_numbers(token.content[end:])])

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        return _web_link(_address(str(tokens[idx].attrs["href"])))

    def list_item_open(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,  # noqa: ARG002
        env: EnvType,  # noqa: ARG002
    ) -> str:
        number = tokens[idx].info
        return f'<li value="{number}">' if number else "<li>"

    def hr(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        return "<hr>\n"


def _with_numbers(text: str) -> str:
    """Escaped, with the numbers of help lines to be tapped: whoever needs one should not have to remember it."""
    parts: list[str] = []
    end = 0
    for found in _HELP_LINE.finditer(text):
        number = re.sub(r"\D", "", found[0])
        parts += _escape(text[end : found.start()]), f'<a href="tel:{number}">{found[0]}</a>'
        end = found.end()
    return "".join([*parts, _escape(text[end:])])


def _web_link(href: str) -> str:
    return f'<a href="{_escape(href)}" target="_blank" rel="noopener noreferrer">'


def _unclosed(tokens: Sequence[Token]) -> list[Token]:
    open_now: list[Token] = []
    for token in tokens:
        if token.nesting == 1:
            open_now.append(token)
        elif token.nesting == -1:
            open_now.pop()
    return open_now


def _headings_as_bold(tokens: Sequence[Token]) -> list[Token]:
    """A heading in a bubble is a bold line: it must not stand in the page's own outline."""
    lines: list[Token] = []
    for token in tokens:
        if token.type == "heading_open":
            lines += token.copy(tag="p", type="paragraph_open"), Token("strong_open", "strong", 1)
        elif token.type == "heading_close":
            lines += Token("strong_close", "strong", -1), token.copy(tag="p", type="paragraph_close")
        else:
            lines.append(token)
    return lines


def _web_parser() -> MarkdownIt:
    parser = _Parser()
    parser.renderer = _WebRenderer(parser)
    return parser


_WEB: Final = _web_parser()
