"""The quick way through ordinary feeds must give what feedparser gives, and leave to it what is not ordinary."""

from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.feed import Shown, read_any, shown
from sources.rss import Channel, read_ordinary

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
URL = "https://paper.example/news/feed.xml"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "atom": "http://www.w3.org/2005/Atom",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "media": "http://search.yahoo.com/mrss/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "wfw": "http://wellformedweb.org/CommentAPI/",
    }.items()
)


def feed(*parts: str, head: str = "", version: str = "2.0", attributes: str = NAMESPACES) -> bytes:
    return f'{head}<rss version="{version}" {attributes}><channel>{"".join(parts)}</channel></rss>'.encode()


def item(*parts: str) -> str:
    return f"<item>{''.join(parts)}</item>"


def posts_of(channel: Channel) -> Shown:
    return shown(channel, URL, "news", "", NOW)


WORDPRESS = feed(
    "<title>School news</title><atom:link href='https://school.example/feed/' rel='self' type='application/rss+xml'/>",
    "<link>https://school.example</link><description>d</description><language>en-GB</language><sy:updatePeriod> hourly </sy:updatePeriod>",
    "<generator>https://wordpress.org/?v=6.8</generator><image><url>https://school.example/i.png</url><title>T</title><link>https://school.example</link><width>32</width></image>",
    item(
        "<title>Mother&#8217;s day</title><link>https://school.example/2026/11/day/</link><dc:creator><![CDATA[Ms Owl]]></dc:creator>",
        "<pubDate>Mon, 23 Nov 2026 08:00:00 +0000</pubDate><category><![CDATA[News]]></category><guid isPermaLink='false'>https://school.example/?p=7</guid>",
        "<description><![CDATA[<p>Short &#8230;</p>]]></description><content:encoded><![CDATA[<p>Long, <b>longer</b> words</p>]]></content:encoded>",
        "<wfw:commentRss>https://school.example/day/feed/</wfw:commentRss><slash:comments>0</slash:comments>",
        "<post-id xmlns='com-wordpress:feed-additions:1'>7</post-id>",
    ),
    head='<?xml version="1.0" encoding="UTF-8"?>',
)
BROADCASTER = feed(
    "<title><![CDATA[Local]]></title><link>https://news.example/local</link><ttl>15</ttl>",
    item(
        "<title><![CDATA[Café opens]]></title><description><![CDATA[Words]]></description><link>https://news.example/a?at=rss&amp;n=1</link>",
        "<guid isPermaLink='false'>https://news.example/a#0</guid><media:thumbnail width='240' url='https://news.example/i.jpg'/>",
    ),
)
SEARCH = feed(
    "<link>https://search.example/?q=x</link><webMaster>a@search.example</webMaster>",
    item(
        "<title>Fair - Echo</title><link>https://search.example/articles/CBM?oc=5</link><guid isPermaLink='false'>CBM</guid>"
        "<source url='https://echo.example'>The Echo</source><description>&lt;a href='x'&gt;Fair&lt;/a&gt;</description>"
    ),
)
BARE = feed("<title>x</title>", item("<guid>https://paper.example/1</guid>"), attributes="")


@pytest.mark.parametrize("body", [WORDPRESS, BROADCASTER, SEARCH, BARE, feed()])
def test_an_ordinary_feed_must_go_the_quick_way_and_say_the_same(body: bytes) -> None:
    quick = read_ordinary(body, "application/xml")
    assert quick is not None
    assert posts_of(quick) == posts_of(read_any(body, "application/xml", URL))


LINK = "<link>https://paper.example/1</link>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<feed xmlns='http://www.w3.org/2005/Atom'/>", id="atom"),
        pytest.param(feed(version="0.91"), id="old version"),
        pytest.param(feed(head="<!DOCTYPE rss>"), id="document type"),
        pytest.param(feed(head='<?xml version="1.0" encoding="ISO-8859-1"?>'), id="other encoding"),
        pytest.param(feed(attributes="xml:lang='cy'"), id="language of the whole"),
        pytest.param(feed(attributes="xml:base='https://other.example/'"), id="base of the whole"),
        pytest.param(feed(item("<title>x</title>"))[:-20], id="cut short"),
        pytest.param(feed(item("<title>caf\xe9</title>")).decode().encode("latin-1"), id="wrong encoding"),
        pytest.param(feed(item("<title>cafÃ©</title>")), id="twice encoded"),
        pytest.param(feed(item("<title>\x93Hi\x94</title>")), id="windows signs"),
        pytest.param(feed("<textInput><title>x</title></textInput>"), id="unknown in the channel"),
        pytest.param(feed("<atom:link href='https://x.example/'/>"), id="link of the channel by atom"),
        pytest.param(feed("<link>/here</link>"), id="relative link of the channel"),
        pytest.param(feed("<link>https://a.example/</link>", "<link>https://b.example/</link>"), id="two links"),
        pytest.param(feed(item("<media:title>x</media:title>")), id="unknown in an entry"),
        pytest.param(feed(item("<title>a</title><title>b</title>")), id="two titles"),
        pytest.param(feed(item("<author>a</author><dc:creator>b</dc:creator>")), id="two authors"),
        pytest.param(feed(item("<title>a <b>b</b></title>")), id="markup unescaped"),
        pytest.param(feed(item("<description type='text'>a</description>")), id="attribute"),
        pytest.param(feed(item("<link>/1</link>")), id="relative link"),
        pytest.param(feed(item("<link>javascript:x</link>")), id="script for a link"),
        pytest.param(feed(item("<link>https://paper.example/1?</link>")), id="link with a loose end"),
        pytest.param(feed(item("<guid>tag:1</guid>", LINK)), id="id that claims to be a link"),
        pytest.param(feed(item("<media:content><media:title>x</media:title></media:content>")), id="nested"),
    ],
)  # fmt: skip
def test_what_is_not_ordinary_must_be_left_to_the_reference(body: bytes) -> None:
    assert read_ordinary(body, "application/xml") is None


@pytest.mark.parametrize(
    ("content_type", "is_quick"),
    [
        ("application/xml", True),
        ("application/xml; charset=UTF-8", True),
        ("application/xml; charset=latin-1", False),
    ],
)
def test_a_charset_of_the_site_must_be_heard_where_the_feed_is_silent(content_type: str, is_quick: bool) -> None:
    assert (read_ordinary(BARE, content_type) is not None) == is_quick


SIGNS = "ab <>&;\"'é€\u2019\u00a0\u200b\U0001f600\n\t#?=Ã©\x85"
WORDS = st.text(st.sampled_from(SIGNS), max_size=12) | st.sampled_from(
    ["<p>one</p><p>two</p>", "a &amp;lt; b", "&nbsp;x&nbsp;", "AT&T", "&copy;", "  spaced  ", "<script>x()</script>", "]]"]
)  # fmt: skip
LINKS = WORDS | st.sampled_from(
    [
        "https://paper.example/1", "https://paper.example", "http://x.example:81/a?b=c&d=e;f=g", "//x.example/a",
        "https://paper.example/a/../b", "https://paper.example/a#b", "HTTPS://PAPER.example/", "?page=2", "tag:x,2026:1",
        "https://paper.example/a%20b", "https://paper.example/a&amp;b", "https:///paper.example/x", "http://[::1]/",
    ]
)  # fmt: skip
DATES = WORDS | st.sampled_from(
    ["Mon, 23 Nov 2026 08:00:00 GMT", "Mon, 01 Jun 2026 10:00:00 BST", "2026-11-20T08:00:00Z", "23/11/2026", "0"]
)
NAMES = WORDS | st.sampled_from(
    ["Ann", "ed@paper.example (Ed)", "Ann (a@b.example)", "a@b.example", "Ann <a@b.example>"]
)


def element(name: str, text: st.SearchStrategy[str], *attributes: str) -> st.SearchStrategy[str]:
    """Return an element with a text in one of the ways a text may stand."""
    written = st.sampled_from([escape, lambda said: f"<![CDATA[{said.replace(']]>', '')}]]>", lambda said: said])
    return st.builds(
        lambda said, write, given: f"<{name}{given}>{write(said)}</{name}>",
        text, written, st.sampled_from(["", "", *attributes]),
    )  # fmt: skip


PLAIN_LINKS = st.sampled_from(
    ["https://paper.example/1", "https://paper.example", "http://x.example:81/a?b=c&d=e#f"]
)
USUAL_PARTS = st.one_of(
    element("title", WORDS),
    element("link", PLAIN_LINKS),
    element("guid", PLAIN_LINKS | WORDS, " isPermaLink='false'"),
    element("description", WORDS),
    element("content:encoded", WORDS),
    element("pubDate", DATES),
    element("dc:date", DATES),
    element("dc:creator", WORDS),
    element("source", WORDS, " url='https://echo.example'"),
    element("category", WORDS, " domain='x'"),
    st.sampled_from(["<enclosure url='x'/>", "<media:content url='x'/>", "<slash:comments>3</slash:comments>", "stray"]),
)  # fmt: skip
ODD_PARTS = st.one_of(
    USUAL_PARTS,
    element("link", LINKS),
    element("guid", LINKS, " isPermaLink='true'", " ispermalink='false'"),
    element("description", WORDS, " type='html'"),
    element("author", NAMES),
    element("comments", LINKS),
)


def name_of(part: str) -> str:
    return part.split(">")[0].split(" ")[0]


USUAL_ITEMS = st.lists(USUAL_PARTS, max_size=8, unique_by=name_of).map(lambda parts: item(*parts))
ODD_ITEMS = st.lists(ODD_PARTS, max_size=6).map(lambda parts: item(*parts))
CHANNEL_PARTS = st.one_of(
    element("title", WORDS),
    element("link", LINKS),
    element("description", WORDS),
    element("language", st.sampled_from(["en", "cy"])),
    element("ttl", st.sampled_from(["60", "x", ""])),
    element("managingEditor", NAMES),
    st.sampled_from(
        [
            "<atom:link rel='self' href='https://x.example/feed'/>",
            "<image><title>T</title><url>https://x.example/i</url><link>https://x.example/z</link></image>",
        ]
    ),
    ODD_ITEMS,
)
HEADS = st.sampled_from(["", '<?xml version="1.0" encoding="utf-8"?>', "<?xml version='1.0'?><!-- x -->", "\ufeff"])


@settings(max_examples=250, deadline=None)
@given(st.lists(USUAL_ITEMS, max_size=3) | st.lists(CHANNEL_PARTS, max_size=6), HEADS)
def test_both_ways_must_give_the_same_posts(parts: list[str], head: str) -> None:
    body = feed(*parts, head=head)
    quick = read_ordinary(body, "application/xml")
    if quick is not None:
        assert posts_of(quick) == posts_of(read_any(body, "application/xml", URL))
