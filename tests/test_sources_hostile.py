"""Hostile feeds and pages, each with what comes of it: the posts, or which failure. One table, real polls.

Every row is served by a real server and polled by a real source through the bounded parsers. What a single layer does
with what is worse still stands beside that layer: bodies, answers, redirects and addresses, children that break down.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

import pytest
from lab import NOW, made
from web_server import Answer, WebServer, redirect, rss

from sources.client import Client
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.feed import read_feed
from sources.parsing import Parsers
from sources.post import LONGEST_ID, Post
from sources.source import Tools

MIB = 1024 * 1024


@dataclass(frozen=True)
class Fails:
    """The poll fails, in one of the four ways, for a stated reason."""

    kind: type[SourceError]
    said: str


Expected = Fails | list[str]


def feed(*items: str, head: str = "") -> bytes:
    """Return RSS with the given insides of items."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"{head}<rss version='2.0'><channel><title>T</title>{inside}</channel></rss>".encode(
        "utf-8", "surrogatepass"
    )


def told(**content: object) -> bytes:
    """Return a JSON Feed."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", **content}).encode()


def page(inside: str) -> bytes:
    """Return a web page."""
    return f"<html><title>Board</title><body>{inside}</body></html>".encode()


def described(thing: object) -> bytes:
    """Return a page that describes itself."""
    return page(f'<script type="application/ld+json">{json.dumps(thing)}</script>')


GOOD = "<li class='p' id='g'><h3>Good</h3><p>words</p></li>"
LAUGHS = (
    "<!DOCTYPE r [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY a{n} '{'&a' + str(n - 1) + ';' if n > 1 else '&a;'}'>" for n in range(1, 9))
    + "]>"
)
LONG = "x" * MIB
DEEP_JSON = b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 100_000

FEEDS: Mapping[str, tuple[Answer | bytes, Expected]] = {
    # What is no feed at all.
    "nothing": (b"", Fails(Malformed, "sent nothing")),
    "white space": (b" \n\t\n", Fails(Malformed, "sent nothing")),
    "a web page": (page("<h1>Welcome</h1>"), Fails(Malformed, "sent a web page where a feed was expected")),
    "a log-in wall": (page("<form><input type=password></form>"), Fails(Malformed, "sent a web page where a feed was expected")),
    "a consent page": (page("<p>We value your privacy</p><button>Accept all</button>"), Fails(Malformed, "sent a web page where a feed was expected")),
    "an error text under 200": (b"Error establishing a database connection", Fails(Malformed, "sent nothing that can be read as a feed")),
    "a PHP warning under 200": (b"<br />\n<b>Warning</b>: mysql_connect() in <b>/var/www/feed.php</b>", Fails(Malformed, "sent nothing that can be read as a feed")),
    "an error in JSON under 200": (b'{"error": {"code": 500}}', Fails(Malformed, "sent JSON that is not a JSON Feed")),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200), Fails(Malformed, "sent nothing that can be read as a feed")),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj", Fails(Malformed, "sent nothing that can be read as a feed")),
    # Answers that say no.
    "401": (Answer(b"<html>sign in</html>", 401), Fails(Refused, "answered 401: it asks to sign in, or does not accept the key")),
    "403": (Answer(b"<html>no</html>", 403), Fails(Refused, "answered 403: it does not let us in")),
    "404": (Answer(b"<html>gone?</html>", 404), Fails(Refused, "answered 404: there is nothing at this address")),
    "429": (Answer(status=429, headers={"Retry-After": "60"}), Fails(RateLimited, "answered 429: too many requests")),
    "503": (Answer(b"<html>busy</html>", 503), Fails(Unreachable, "answered 503: the site is in trouble")),
    "a redirect to itself": (redirect("/it"), Fails(Malformed, "redirects more than 5 times")),
    "a redirect to a private address": (redirect("http://10.0.0.1/feed"), Fails(Refused, "10.0.0.1 is at 10.0.0.1, which is not a public address")),
    "a redirect to a file": (redirect("file:///etc/hostname"), Fails(Refused, "/etc/hostname is not a plain web address")),
    # Bodies that lie about themselves.
    "half a body": (Answer(feed("<title>a</title>") * 40, cut=True), Fails(Unreachable, "broke off: peer closed connection without sending complete message body")),
    "an endless body": (Answer(feed("<title>a</title>"), endless=b"<!-- -->" * 8192), Fails(Malformed, "sent more than 5 MiB")),
    "six megabytes": (feed(f"<title>a</title><description>{LONG * 6}</description>"), Fails(Malformed, "sent more than 5 MiB")),
    "a gzip bomb": (Answer(gzip.compress(bytes(50 * MIB)), headers={"Content-Encoding": "gzip"}), Fails(Malformed, "sent more than 5 MiB")),
    "a gzip bomb within a gzip bomb": (Answer(gzip.compress(gzip.compress(bytes(50 * MIB))), headers={"Content-Encoding": "gzip"}), Fails(Malformed, "sent nothing that can be read as a feed")),
    "gzip that breaks off": (Answer(gzip.compress(feed("<title>a</title>"))[:-9], headers={"Content-Encoding": "gzip"}), Fails(Malformed, "sent compression that breaks off")),
    "gzip that is none": (Answer(feed("<title>a</title>"), headers={"Content-Encoding": "gzip"}), Fails(Malformed, "sent broken compression")),
    "gzip unannounced": (Answer(gzip.compress(feed("<title>a</title>"))), Fails(Malformed, "sent nothing that can be read as a feed")),
    "brotli": (Answer(b"\x0b\x02\x80hello\x03", headers={"Content-Encoding": "br"}), Fails(Malformed, "used the encoding 'br' although only gzip was offered")),
    # Letters.
    "UTF-8 called Latin-1": (Answer(feed("<title>Zoë – 5£</title>", head="<?xml version='1.0' encoding='utf-8'?>"), headers={"Content-Type": "text/xml; charset=iso-8859-1"}), ["Zoë – 5£"]),
    "Windows-1252 called UTF-8": (Answer(b"<?xml version='1.0' encoding='utf-8'?>" + feed("<title>Zoë – 5£</title>").decode().encode("cp1252"), headers={"Content-Type": "text/xml; charset=utf-8"}), ["Zoë – 5£"]),
    "a charset nobody knows": (Answer(feed("<title>a</title>"), headers={"Content-Type": "text/xml; charset=klingon"}), ["a"]),
    "UTF-16 with its mark": (feed("<title>Zoë</title>").decode().encode("utf-16"), ["Zoë"]),
    "UTF-16 without its mark": (feed("<title>Zoë</title>").decode().encode("utf-16-le"), ["Zoë"]),
    "UTF-16 called UTF-8": (("<?xml version='1.0' encoding='utf-8'?>" + feed("<title>Zoë</title>").decode()).encode("utf-16"), ["Zoë"]),
    "NUL": (feed("<title>a\x00b</title>"), ["a b"]),
    "NUL by its number": (feed("<title>a&#0;b</title>"), ["a b"]),
    "half a sign by its number": (feed("<title>a&#xD800;b</title>"), ["a�b"]),
    "a sign beyond all by its number": (feed("<title>a&#x110000;b</title>"), ["a�b"]),
    "half a sign in UTF-8": (feed("<title>a\ud800b</title>"), ["aí €b"]),
    "text turned round": (feed("<title>a\u202eb\u2066c</title>"), ["a\u202eb\u2066c"]),
    "a line of a megabyte": (feed(f"<title>{LONG}</title><link>https://x.example/1</link>"), ["500 signs | https://x.example/1"]),
    "a word of a megabyte in the text": (feed(f"<title>a</title><description>{LONG}</description>"), ["a | 20000 signs"]),
    # Markup.
    "cut in an entry": (feed("<title>a</title>", "<title>b</title>").partition(b"b</title>")[0], ["", "a"]),
    "cut in a tag": (feed("<title>a</title>", "<title>b</title>").partition(b"tle>b</title>")[0], ["", "a"]),
    "unknown entities": (feed("<title>a &nbsp; &unknown; b</title>"), ["a &unknown; b"]),
    "markup unescaped": (feed("<title>a <b>bold</b> <script>x()</script></title>"), ["a bold"]),
    "script": (feed("<title>&lt;script&gt;x()&lt;/script&gt;a</title><description>&lt;img src=x onerror=y() alt=z&gt;</description>"), ["a | [image: z]"]),
    "laughs": (feed("<title>&a8;</title>", head=LAUGHS), Fails(Malformed, "sent a feed that defines entities, which is refused")),
    "a file by an entity": (feed("<title>&x;</title>", head="<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"), Fails(Malformed, "sent a feed that defines entities, which is refused")),
    "an outer document type": (feed("<title>a</title>", head="<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd'>"), ["a"]),
    "fifty thousand attributes": (b"<rss version='2.0'><channel " + b" ".join(b"a%d='x'" % n for n in range(50_000)) + b"></channel></rss>", Fails(Malformed, "what the site sent took too long to read")),
    "two hundred thousand elements deep": (b"<rss version='2.0'><channel>" + b"<a>" * 200_000, Fails(Malformed, "what the site sent took too long to read")),
    "tags that never end": (feed(f"<title>a</title><description>{'&lt;a ' * 100_000}</description>"), ["a"]),
    "comments that never end": (feed(f"<title>a</title><description>{'&lt;!--' * 100_000}</description>"), ["a"]),
    "markup a hundred thousand deep": (feed(f"<title>a</title><description>{'&lt;div&gt;' * 100_000}b</description>"), ["a"]),
    "ten thousand entries": (feed(*(f"<title>{n}</title>" for n in range(10_000))), [str(number) for number in reversed(range(500))]),
    # What entries say of themselves.
    "a date to come": (feed("<title>a</title><pubDate>Mon, 01 Jan 2035 10:00:00 GMT</pubDate>"), ["a"]),
    "1970": (feed("<title>a</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>"), ["a"]),
    "the year 9999": (feed("<title>a</title><pubDate>Fri, 31 Dec 9999 23:59:59 -1200</pubDate>"), ["a"]),
    "British summer time": (feed("<title>a</title><pubDate>Mon, 01 Jun 2026 10:00:00 BST</pubDate>"), ["a | 2026-06-01 09:00"]),
    "the 31st of February": (feed("<title>a</title><pubDate>Mon, 31 Feb 2026 10:00:00 GMT</pubDate>"), ["a"]),
    "a number for a date": (feed(f"<title>a</title><pubDate>{'9' * 90}</pubDate>"), ["a"]),
    "one id for all": (feed("<title>a</title><guid>1</guid>", "<title>b</title><guid>1</guid>"), ["b | http://site/1", "a | http://site/1"]),
    "no ids": (feed("<title>a</title>", "<title>b</title>"), ["b", "a"]),
    "an id of a megabyte": (feed(f"<title>a</title><guid isPermaLink='false'>{LONG}</guid>"), ["a"]),
    "a link of a megabyte": (feed(f"<title>a</title><link>https://x.example/{LONG}</link>"), ["a"]),
    "a script for a link": (feed("<title>a</title><link>javascript:alert(1)</link>"), ["a"]),
    "a script for a link, hidden": (feed("<title>a</title><link>&#10;java&#9;script:alert(1)</link>"), ["a"]),
    "data for a link": (feed("<title>a</title><link>data:text/html,x</link>"), ["a"]),
    "a link with quotes": (feed("<title>a</title><link>https://x.example/\"onclick=x()</link>"), ["a"]),
    "a link to a broken address": (feed("<title>a</title><link>http://[::1/</link>"), ["a"]),
    # JSON.
    "broken JSON": (b'{"version": "https://jsonfeed.org/version/1", "items": [', Fails(Malformed, "sent a feed in broken JSON")),
    "JSON a hundred thousand deep": (DEEP_JSON, Fails(Malformed, "sent a feed in broken JSON")),
    "JSON without items": (told(), Fails(Malformed, "sent JSON that is not a JSON Feed")),
    "JSON with one item that is all": (told(items={"id": 1}), Fails(Malformed, "sent JSON that is not a JSON Feed")),
    "JSON of wrong types": (told(items=[1, None, "x", [], {"id": [1], "url": {"a": 1}, "title": 7, "content_html": ["x"], "date_published": 5, "authors": "Ann"}], authors=3), ["7"]),
    "JSON with huge numbers": (told(items=[]).replace(b"[]", b'[{"id": 1e999, "title": "a"}, {"id": -0.0, "title": "b"}]'), ["b", "a"]),
    "JSON with a number of five thousand digits": (told(items=[]).replace(b"[]", b'[{"id": ' + b"7" * 5000 + b"}]"), Fails(Malformed, "sent a feed in broken JSON")),
    "JSON with half a sign": (told(items=[{"id": "1", "title": "a\ud800b", "content_text": "c\x00d"}]), ["a b | c d"]),
    "JSON that says a key twice": (told(items=[]).replace(b"[]", b'[], "items": [{"id": "2", "title": "a"}]'), ["a"]),
}  # fmt: skip

PAGES: Mapping[str, tuple[Answer | bytes, Expected]] = {
    "nothing": (b"", Fails(Malformed, "shows nothing that matches item = 'li.p'; the page may have changed")),
    "rubbish": (b"<<<<>>>><<!", Fails(Malformed, "shows nothing that matches item = 'li.p'; the page may have changed")),
    "a log-in wall": (page("<form><input type=password></form>"), Fails(Refused, "asks to sign in; only public pages are read")),
    "a consent page": (page("<p>We value your privacy</p><button>Accept all</button>"), Fails(Malformed, "shows nothing that matches item = 'li.p'; the page may have changed")),
    "a new design": (page("<article>words</article>"), Fails(Malformed, "shows nothing that matches item = 'li.p'; the page may have changed")),
    "bytes of a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, Fails(Malformed, "shows nothing that matches item = 'li.p'; the page may have changed")),
    "NUL": (page(GOOD.replace("words", "wo\x00rds")), ["Good | wo�rds | http://site/it"]),
    "UTF-16 without its mark": (page(GOOD).decode().encode("utf-16-le"), Fails(Malformed, "shows nothing that matches item = 'li.p'; the page may have changed")),
    "a charset that lies": (Answer(page(GOOD.replace("words", "Zoë")).decode().encode("cp1252"), headers={"Content-Type": "text/html; charset=utf-8"}), ["Good | Zoë | http://site/it"]),
    "a line of a megabyte": (page(GOOD.replace("words", LONG)), ["Good | 20000 signs | http://site/it"]),
    "a script for a link": (page(GOOD.replace("words", "<a href='javascript:x()'>words</a>")), ["Good | words | http://site/it"]),
    "tags that never end": (page(GOOD + "<a " * 100_000), ["Good | words | http://site/it"]),
    "comments that never end": (page(GOOD + "<!--" * 100_000), ["Good | words | http://site/it"]),
    "two hundred thousand elements deep": (page(GOOD + "<div>" * 200_000), Fails(Malformed, "what the site sent took too long to read")),
    "fifty thousand attributes": (page(GOOD + "<p " + " ".join(f"a{n}=x" for n in range(50_000)) + ">"), ["Good | words | http://site/it"]),
    "a description of itself a thousand deep": (page(f'<script type="application/ld+json">{"[" * 1000}{"]" * 1000}</script>' + GOOD), ["Good | words | http://site/it"]),
    "a description of itself in wrong types": (described({"@type": ["Comment", 3, None], "text": {"@value": ["a"]}, "author": [[]], "@id": 4, "url": [], "comment": 7}), ["a | http://site/it"]),
    "a description of itself that breaks off": (page('<script type="application/ld+json">{"@type": "Comment", "text": "a"</script>' + GOOD), ["Good | words | http://site/it"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def strict() -> Iterator[Parsers]:
    """Children with a second of processor time, so that a bomb takes a second."""
    with closing(Parsers(2, cpu_seconds=1.0, wall_seconds=5.0)) as pool:
        yield pool


def stated(post: Post, site: str) -> str:
    """Return a post on one line: title, text, link and date, as far as there are any; long ones by their length."""
    link = post.url.replace(site, "http://site")
    parts = (post.title, post.text, link, f"{post.published:%Y-%m-%d %H:%M}" if post.published else "")
    return " | ".join(part if len(part) < 100 else f"{len(part)} signs" for part in parts if part)


def polled(kind: str, answer: Answer | bytes, web: WebServer, tools: Tools) -> Expected:
    """Poll once and return what came of it."""
    web.routes["/it"] = answer
    table = {"item": "li.p", "text": "p", "title": "h3", "link": "a"} if kind == "page" else {}
    try:
        posts = made(kind, tools, url=web.url("/it"), **table).fetch(None).posts
    except SourceError as error:
        return Fails(type(error), str(error))
    ids = {post.id for post in posts}
    assert len(ids) == len(posts)
    assert all(0 < len(post_id) <= LONGEST_ID for post_id in ids)
    return [stated(post, web.url("")) for post in posts]


def check(kind: str, row: tuple[Answer | bytes, Expected], web: WebServer, tools: Tools) -> None:
    """Poll a row, then read ordinary feeds with the same children, which must not have suffered."""
    answer, expected = row
    came = polled(kind, answer, web, tools)
    if isinstance(expected, Fails) and isinstance(came, Fails):
        assert came.kind is expected.kind
        assert expected.said in came.said
    else:
        assert came == expected
    for _ in range(2):
        shown = tools.parsers.run(read_feed, rss(("1", "One", "Text")), "", web.url("/"), "news", "", NOW)
        assert [post.title for post in shown.posts] == ["One"]


@pytest.mark.parametrize("row", FEEDS.values(), ids=FEEDS.keys())
def test_a_hostile_feed_must_come_to_what_is_stated(
    row: tuple[Answer | bytes, Expected], web: WebServer, client: Client, strict: Parsers
) -> None:
    check("feed", row, web, Tools(client, strict, (), lambda: NOW))


@pytest.mark.parametrize("row", PAGES.values(), ids=PAGES.keys())
def test_a_hostile_page_must_come_to_what_is_stated(
    row: tuple[Answer | bytes, Expected], web: WebServer, client: Client, strict: Parsers
) -> None:
    check("page", row, web, Tools(client, strict, (), lambda: NOW))


def test_an_id_of_absurd_length_must_be_held_by_something_shorter(web: WebServer, tools: Tools) -> None:
    statuses = [{"id": sign * 3000, "content": f"About {sign}", "visibility": "public"} for sign in "78"]
    web.otherwise = lambda asked: Answer(b"[]" if "max_id" in asked.path else json.dumps(statuses).encode())
    source = made("mastodon", tools, url=web.url(""), tags=["gate"])
    first = source.fetch(None)
    assert {post.text for post in first.posts} == {"About 7", "About 8"}
    assert all(len(post.id) <= LONGEST_ID for post in first.posts)
    assert source.fetch(first.cursor).posts == ()
