"""Feeds as the world sends them: each with a stated result."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lab import made
from web_server import Answer, Asked, WebServer, rss

from sources.errors import Malformed
from sources.feed import read_feed, search_address
from sources.keys import read_table
from sources.post import Post
from sources.registry import KINDS
from sources.source import Source, Tools

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
URL = "https://paper.example/feed"


def read(body: bytes | str, content_type: str = "application/rss+xml", preset: str = "") -> tuple[Post, ...]:
    content = body.encode() if isinstance(body, str) else body
    return read_feed(content, content_type, URL, "news", preset, NOW).posts


def item(inner: str) -> str:
    return f"<rss version='2.0'><channel><title>T</title><link>https://paper.example/</link><item>{inner}</item></channel></rss>"


ATOM = """<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><id>urn:f</id>
<entry xml:lang='en'><id>urn:1</id><title type='html'>A &lt;b&gt;bold&lt;/b&gt; title</title><link href='/one'/>
<author><name>Ann</name></author><updated>2026-11-23T10:00:00+01:00</updated>
<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>First</p><p>second</p></div></content></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>
<channel><title>T</title></channel><item rdf:about='https://paper.example/1'><title>RDF title</title>
<link>https://paper.example/1</link><description>RDF text</description></item></rdf:RDF>"""
RSS091 = """<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://my.netscape.com/publish/formats/rss-0.91.dtd'>
<rss version='0.91'><channel><title>T</title><item><title>Old title</title><link>https://paper.example/9</link></item></channel></rss>"""
WHOLE = "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>{}</content:encoded>"
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://blog.example/",
        "authors": [{"name": "Bo"}],
        "items": [
            {
                "id": 7,
                "url": "/seven",
                "content_html": "<p>Hi<br>there</p>",
                "date_published": "2026-11-20T08:00:00Z",
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            ATOM, Post("urn:1", "https://paper.example/one", "First\n\nsecond", "A bold title", "Ann"), id="atom"
        ),
        pytest.param(
            RDF, Post("https://paper.example/1", "https://paper.example/1", "RDF text", "RDF title"), id="rss 1.0"
        ),
        pytest.param(
            RSS091, Post("https://paper.example/9", "https://paper.example/9", "", "Old title"), id="rss 0.91"
        ),
        pytest.param(JSON_FEED, Post("7", "https://blog.example/seven", "Hi\nthere", "", "Bo"), id="json feed"),
    ],
)
def test_every_format_must_become_posts(body: str, expected: Post) -> None:
    post = read(body)[0]
    assert (post.id, post.url, post.text, post.title, post.author) == (
        expected.id,
        expected.url,
        expected.text,
        expected.title,
        expected.author,
    )


@pytest.mark.parametrize(
    ("inner", "field", "expected"),
    [
        pytest.param("<pubDate>Mon, 01 Jun 2026 10:00:00 BST</pubDate>", "published", datetime(2026, 6, 1, 9, tzinfo=UTC), id="british summer"),
        pytest.param("<pubDate>Mon, 01 Jun 2026 10:00:00 CEST</pubDate>", "published", datetime(2026, 6, 1, 8, tzinfo=UTC), id="central europe"),
        pytest.param("<pubDate>Mon, 01 Jun 2026 10:00:00 -0500</pubDate>", "published", datetime(2026, 6, 1, 15, tzinfo=UTC), id="offset"),
        pytest.param("<pubDate>2026-06-01 10:00:00</pubDate>", "published", datetime(2026, 6, 1, 10, tzinfo=UTC), id="no zone"),
        pytest.param("<pubDate>22/11/2026 07:25</pubDate>", "published", datetime(2026, 11, 22, 7, 25, tzinfo=UTC), id="british order"),
        pytest.param("<pubDate>1780000000</pubDate>", "published", datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC), id="epoch"),
        pytest.param("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", "published", None, id="1970"),
        pytest.param("<pubDate>Fri, 31 Dec 9999 23:59:59 GMT</pubDate>", "published", None, id="year 9999"),
        pytest.param("<pubDate>yesterday</pubDate>", "published", None, id="words"),
        pytest.param("", "published", None, id="no date"),
        pytest.param("<title>Tom &amp; Jerry</title>", "title", "Tom & Jerry", id="entity"),
        pytest.param("<title>&lt;script&gt;alert(1)&lt;/script&gt;News</title>", "title", "News", id="script in title"),
        pytest.param("<description>&lt;p&gt;a&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;&lt;p&gt;b&lt;/p&gt;</description>", "text", "a\n\nb", id="script in text"),
        pytest.param("<description>&lt;img src='x.jpg' alt='A boy with a cup'&gt;</description>", "text", "[image: A boy with a cup]", id="alt text"),
        pytest.param("<description>plain &lt; not a tag</description>", "text", "plain < not a tag", id="lone angle"),
        pytest.param(f"<description>&amp;lt;p&amp;gt;It&amp;#039;s&amp;lt;/p&amp;gt;</description>{WHOLE.format('It’s')}", "text", "It’s", id="markup in the summary"),
        pytest.param(f"<description>A summary.</description>{WHOLE.format('All of it, at length.')}", "text", "All of it, at length.", id="summary"),
        pytest.param(f"<description>{'All of it. ' * 9}</description>{WHOLE.format('Part of it.')}", "text", ("All of it. " * 9).strip(), id="summary says more"),
        pytest.param("<link>javascript:alert(1)</link>", "url", "", id="javascript link"),
        pytest.param("<link>data:text/html,x</link>", "url", "", id="data link"),
        pytest.param("<link>/relative</link>", "url", "https://paper.example/relative", id="relative link"),
        pytest.param("<guid isPermaLink='false'>g1</guid>", "id", "g1", id="guid"),
        pytest.param("<link>https://paper.example/only</link>", "id", "https://paper.example/only", id="no guid"),
        pytest.param("<author>ed@paper.example (Ed)</author>", "author", "Ed", id="author"),
        pytest.param("<title>nul&#0;l</title><link>https://paper.example/z</link>", "url", "https://paper.example/z", id="control sign"),
    ],
)  # fmt: skip
def test_odd_entries_must_be_read_as_stated(inner: str, field: str, expected: object) -> None:
    title = "" if "<title>" in inner else "<title>x</title>"
    assert getattr(read(item(title + inner))[0], field) == expected


def test_an_entry_without_any_id_must_still_be_told_apart() -> None:
    posts = read(
        "<rss version='2.0'><channel><item><title>a</title></item><item><title>b</title></item></channel></rss>"
    )
    assert len({post.id for post in posts}) == 2


def test_entries_that_share_an_id_must_be_told_apart() -> None:
    posts = read(rss(("same", "one", "x"), ("same", "two", "y")))
    assert len({post.id for post in posts}) == 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<rss version='2.0'><channel><title>T</title></channel></rss>", id="no entries"),
        pytest.param(item("<title>kept</title>").split("</channel>")[0], id="cut short"),
        pytest.param("\n\n" + item("<title>kept</title>"), id="leading blank lines"),
        pytest.param(item("<title>kept &nbsp; &unknown;</title>"), id="undefined entity"),
    ],
)
def test_careless_feeds_must_still_be_read(body: str) -> None:
    assert all("kept" in post.title for post in read(body))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("<?xml version='1.0' encoding='utf-8'?>" + item("<title>Zoë – 5£</title>"), "text/xml", id="utf-8 without charset"),
        pytest.param(item("<title>Zoë – 5£</title>"), "text/xml; charset=utf-8", id="charset in header"),
        pytest.param(b"<?xml version='1.0' encoding='utf-8'?>" + item("<title>Zoë – 5£</title>").encode("cp1252"), "text/xml; charset=utf-8", id="a lie about utf-8"),
        pytest.param(item("<title>Zoë – 5£</title>"), "text/html; charset=utf-8", id="called html"),
    ],
)  # fmt: skip
def test_charsets_must_be_found_whatever_is_said(body: str | bytes, content_type: str) -> None:
    assert read(body, content_type)[0].title == "Zoë – 5£"


def test_google_alerts_must_lead_to_the_page_itself() -> None:
    wrapped = "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://blog.example/ava%3Fp%3D1&amp;ct=ga"
    posts = read(item(f"<title>&lt;b&gt;Hollybush&lt;/b&gt;</title><link>{wrapped}</link>"), preset="google-alerts")
    assert (posts[0].id, posts[0].title) == ("https://blog.example/ava?p=1", "Hollybush")


def test_google_news_must_search_the_federations_names() -> None:
    assert "%22Hollybush%20Nursery%22%20OR%20%22HNS%22%20when%3A7d" in search_address(("Hollybush Nursery", "HNS"))


def _source(tools: Tools, **table: str) -> Source:
    return made("feed", tools, **table)


def test_a_cursor_must_bring_what_is_new_late_or_edited_and_nothing_twice(web: WebServer, tools: Tools) -> None:
    source = _source(tools, url=web.url("/f"))
    web.routes["/f"] = Answer(rss(("2", "b", "x"), ("1", "a", "x")))
    first = source.fetch(None)
    web.routes["/f"] = Answer(rss(("0", "late", "x"), ("2", "b", "edited"), ("1", "a", "x")))
    second = source.fetch(first.cursor)
    third = source.fetch(second.cursor)
    assert [post.id for post in first.posts] == ["1", "2"]
    assert sorted(post.id for post in second.posts) == ["0", "2"]
    assert (third.posts, third.unchanged, third.seen) == ((), True, 3)


def test_the_same_cursor_must_bring_the_same_again(web: WebServer, tools: Tools) -> None:
    source = _source(tools, url=web.url("/f"))
    web.routes["/f"] = Answer(rss(("1", "a", "x")))
    assert source.fetch(None).posts == source.fetch(None).posts


def test_an_unmodified_feed_must_cost_no_parsing(web: WebServer, tools: Tools) -> None:
    def answer(asked: Asked) -> Answer:
        return (
            Answer(status=304)
            if "if-none-match" in asked.headers
            else Answer(rss(("1", "a", "x")), headers={"ETag": '"1"'})
        )

    web.routes["/f"] = answer
    source = _source(tools, url=web.url("/f"))
    first = source.fetch(None)
    again = source.fetch(first.cursor)
    assert (again.unchanged, again.cursor, again.seen) == (True, first.cursor, 1)


def test_a_feeds_own_wish_for_a_pause_must_be_known(web: WebServer, tools: Tools) -> None:
    web.routes["/f"] = Answer(b"<rss version='2.0'><channel><title>T</title><ttl>90</ttl></channel></rss>")
    assert _source(tools, url=web.url("/f")).fetch(None).pause == timedelta(minutes=90)


def test_a_broken_cursor_must_be_said(web: WebServer, tools: Tools) -> None:
    with pytest.raises(Malformed, match="cursor"):
        _source(tools, url=web.url("/f")).fetch("nonsense")


def test_feeds_that_a_site_closes_to_programs_must_be_refused_with_the_way_that_remains() -> None:
    feed = {"url": "https://www.youtube.com/feeds/videos.xml?channel_id=UCxxxxxxxxxxxxxxxxxxxxxx"}
    (fault,) = read_table(feed, KINDS["feed"].keys)[1]
    assert "youtube-channel" in fault.expected
