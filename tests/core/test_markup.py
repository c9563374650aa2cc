"""Markdown of content in three dialects: nothing lost, nothing let through."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.markup import (
    escape_markdown,
    may_preview,
    to_plain_text,
    to_telegram_html,
    to_web_html,
    visible_length,
)

TELEGRAM_TAGS = {"b", "i", "a", "code", "blockquote"}
WEB_TAGS = {"p", "strong", "em", "a", "code", "blockquote", "ul", "ol", "li"}
WITHOUT_END = {"br", "hr"}

markdown = st.text(alphabet=st.sampled_from(list("ab1 \n\t*_`#>-+.()[]<>&\"'\\!:/=~|")), max_size=60) | st.text()
without_links = st.text(alphabet=st.sampled_from(list("abc12 \n\t*_`#>-+.()\\&;!~'\"")), max_size=80)


class Reader(HTMLParser):
    """Reads HTML back into text; an unbalanced tag fails the test."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[dict[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs))
        else:
            assert set(dict(attrs)) <= {"start", "value"}
            self.text += f" {dict(attrs).get('value') or ''} "
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def letters(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9]", text))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Dag **Sanne**, *goed* zo.", "Dag <b>Sanne</b>, <i>goed</i> zo."),
        ("# Titel\nTekst", "<b>Titel</b>\n\nTekst"),
        ("# Een **echte** titel", "<b>Een echte titel</b>"),
        ("een\n\ntwee", "een\n\ntwee"),
        ("een\ntwee", "een twee"),
        ("een  \ntwee", "een\ntwee"),
        ("- een\n- twee", "• een\n• twee"),
        ("- een\n\n- twee", "• een\n• twee"),
        ("2. een\n3. twee", "2. een\n3. twee"),
        ("- een\n  - dieper\n- twee", "• een\n  • dieper\n• twee"),
        ("> rustig\n> > aan", "<blockquote>rustig\n\naan</blockquote>"),
        ("`code`", "<code>code</code>"),
        ("1 < 2 & 3 > 2 \"ja\" 'nee'", "1 &lt; 2 &amp; 3 &gt; 2 &quot;ja&quot; 'nee'"),
        ("<b>ruw</b> &amp; &copy;", "&lt;b&gt;ruw&lt;/b&gt; &amp;amp; &amp;copy;"),
        ("[hier](https://a.nl/?x=1&y=2)", '<a href="https://a.nl/?x=1&amp;y=2">hier</a>'),
        ("<https://a.nl>", '<a href="https://a.nl">https://a.nl</a>'),
        ("[bot](t.me/nabij?start=x)", '<a href="https://t.me/nabij?start=x">bot</a>'),
        ("[113](tel:113)", "113"),
        ("[Veilig Thuis](tel:0800-2000)", "Veilig Thuis (0800-2000)"),
        ("[klik](javascript:alert(1))", "[klik](javascript:alert(1))"),
        ("[klik](mailto:a@b.nl)", "[klik](mailto:a@b.nl)"),
        ("    geen code", "geen code"),
        ("\\*geen nadruk\\*", "*geen nadruk*"),
        ("a\x00b \ud800", "ab \ufffd"),
    ],
)
def test_markdown_becomes_telegram_html(source: str, expected: str) -> None:
    assert to_telegram_html(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Dag **Sanne**\n\n- een\n- twee", "Dag Sanne\n\n• een\n• twee"),
        ("[hier](https://a.nl)", "hier (https://a.nl)"),
        ("<https://a.nl>", "https://a.nl"),
        ("<b> & zo", "<b> & zo"),
    ],
)
def test_markdown_becomes_plain_text(source: str, expected: str) -> None:
    assert to_plain_text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**vet** <script>", "<p><strong>vet</strong> &lt;script&gt;</p>\n"),
        ("1. een\n2. twee", '<ol>\n<li value="1">een</li>\n<li value="2">twee</li>\n</ol>\n'),
        (
            "[bel](tel:113)",
            '<p><a href="tel:113" target="_blank" rel="noopener noreferrer">bel</a></p>\n',
        ),
        (
            "Zie https://a.nl/x?a=1&b=2.",
            (
                '<p>Zie <a href="https://a.nl/x?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">'
                "https://a.nl/x?a=1&amp;b=2</a>.</p>\n"
            ),
        ),
        ("Bel 0800-0113 (113.nl).", '<p>Bel <a href="tel:08000113">0800-0113</a> (113.nl).</p>\n'),
        ("[klik](javascript:alert(1))", "<p>[klik](javascript:alert(1))</p>\n"),
    ],
)
def test_markdown_becomes_web_html(source: str, expected: str) -> None:
    assert to_web_html(source) == expected


def test_a_heading_in_the_web_chat_stays_out_of_the_pages_outline() -> None:
    assert read(to_web_html("# Titel\n\ntekst")).tags == {"p", "strong"}


@given(markdown)
@example("> " * 40 + "diep")
@example("112")
@example("*a **b " * 300 + "** c*" * 300)
@example("[a](http://x\"onclick='y')")
@example("- " * 30 + "diep")
def test_any_text_gives_balanced_and_allowed_tags(source: str) -> None:
    telegram, web = read(to_telegram_html(source)), read(to_web_html(source))

    assert telegram.tags <= TELEGRAM_TAGS
    assert all(set(link) == {"href"} and str(link["href"]).startswith("http") for link in telegram.links)
    assert not re.search(r"&(?!lt;|gt;|amp;|quot;)", to_telegram_html(source))
    assert web.tags <= WEB_TAGS | WITHOUT_END
    for link in web.links:
        # A help line's number leads to no other site.
        assert link.get("rel") == "noopener noreferrer" or str(link["href"]).startswith("tel:")
    assert all(re.match(r"https?://|tel:", str(link["href"]), re.IGNORECASE) for link in web.links)


@given(without_links)
@example("> " * 40 + "diep")
@example("- " * 30 + "diep")
@example("7. a\n9. b")
@example("```a\nb\n```")
@example("[a]: /b\n\nc")
@example("&amp; a")
def test_no_letter_or_number_is_lost(source: str) -> None:
    expected = letters(source)

    assert letters(to_plain_text(source)) == expected
    assert letters(read(to_telegram_html(source)).text) == expected
    assert letters(read(to_web_html(source)).text) == expected


@given(st.text())
@example("Sanne *& co* [x](http://y) <b>")
@example("1. een\n# twee")
@example("a\\")
def test_a_persons_own_words_are_shown_as_typed(text: str) -> None:
    readable = to_plain_text(f"Dag {escape_markdown(text)}, fijn").removeprefix("Dag").removesuffix(", fijn")

    printable = "".join(char for char in text if char.isprintable() or char.isspace())
    if printable == text:
        assert readable.split() == text.split()
    assert read(to_telegram_html(f"Dag {escape_markdown(text)}")).tags == set()


@pytest.mark.parametrize(
    ("html", "length"),
    [("<b>vet</b>", 3), ("&lt;&amp;&gt;", 3), ("\N{GREEN HEART}", 2), ('<a href="http://x">y</a>', 1)],
)
def test_length_is_counted_as_telegram_counts_it(html: str, length: int) -> None:
    assert visible_length(html) == length


@pytest.mark.parametrize(
    ("html", "expected"), [("Zo. Dan maar.", False), ("mariposha.nl", True), ('<a href="https://x">hier</a>', True)]
)
def test_only_an_address_can_have_a_preview(html: str, *, expected: bool) -> None:
    assert may_preview(html) is expected


def test_the_numbers_of_help_lines_can_be_tapped_on_our_pages_and_other_numbers_cannot() -> None:
    page = to_web_html("Bel **113** of 0800-2000. Of 088 0767 000. Niet 1134, 12-112 of 112,50.")
    assert re.findall(r'href="([^"]*)"', page) == ["tel:113", "tel:08002000", "tel:0880767000"]


def test_a_link_to_the_page_of_a_plan_stays_on_the_site() -> None:
    assert 'href="/plan/geheim-0123456789"' in to_web_html("[mijn plan](/plan/geheim-0123456789)")
    assert "href" not in to_web_html("[mijn plan](/praktijk)")
