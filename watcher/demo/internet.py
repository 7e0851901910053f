"""A small internet on loopback: feeds in three formats, two kinds of pages, and sites that fail."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

Post = dict[str, str]


@cache
def sample_posts() -> dict[str, list[Post]]:
    """Return the invented posts by the place where they stand."""
    places: dict[str, list[Post]] = defaultdict(list)
    content = files("watcher").joinpath("demo/posts.jsonl").read_text(encoding="utf-8")
    for line in content.splitlines():
        post = json.loads(line)
        places[post["place"]].append(post)
    return dict(places)


class Internet:
    """Serves the sample posts until closed."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        status, content_type, body = page(self.headers["Host"]) if page else (404, "text/plain", "nothing here")
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the terminal quiet."""


Page = Callable[[str], tuple[int, str, str]]


def _rss(host: str) -> tuple[int, str, str]:
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>{escape(post['title'])}</title><link>http://{host}/news/{post['id']}</link>"
        f"<guid isPermaLink='false'>{post['id']}</guid>"
        f"<pubDate>{format_datetime(now - timedelta(hours=age))}</pubDate>"
        f"<description>{escape(post['text'])}</description></item>"
        for age, post in enumerate(sample_posts()["paper"])
    )
    return 200, "application/rss+xml", f"<rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>"


def _atom(host: str) -> tuple[int, str, str]:
    now = datetime.now(UTC).isoformat()
    entries = "".join(
        f"<entry><id>urn:{post['id']}</id><title>{escape(post['title'])}</title><updated>{now}</updated>"
        f"<link href='http://{host}/blog/{post['id']}'/><author><name>{escape(post['author'])}</name></author>"
        f"<content type='html'>{escape('<p>' + escape(post['text']) + '</p>')}</content></entry>"
        for post in sample_posts()["blog"]
    )
    head = f"<id>urn:blogs</id><title>Blogs</title><updated>{now}</updated>"
    return 200, "application/atom+xml", f"<feed xmlns='http://www.w3.org/2005/Atom'>{head}{entries}</feed>"


def _json_feed(host: str) -> tuple[int, str, str]:
    items = [
        {
            "id": post["id"],
            "url": f"http://{host}/forum/{post['id']}",
            "title": post["title"],
            "content_text": post["text"],
            "authors": [{"name": post["author"]}],
        }
        for post in sample_posts()["forum"]
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Forum", "items": items}
    return 200, "application/feed+json", json.dumps(feed)


def _reviews(host: str) -> tuple[int, str, str]:
    reviews = [
        {"@type": "Review", "@id": post["id"], "reviewBody": post["text"], "author": {"name": post["author"]}}
        for post in sample_posts()["reviews"]
    ]
    place = {
        "@context": "https://schema.org",
        "@type": "Preschool",
        "name": "Larkfield Nursery School",
        "review": reviews,
    }
    return 200, "text/html", f'<html><script type="application/ld+json">{json.dumps(place)}</script></html>'


def _board(host: str) -> tuple[int, str, str]:
    items = "".join(
        f"<li class='note' id='{post['id']}'><h3>{escape(post['title'])}</h3><p>{escape(post['text'])}</p></li>"
        for post in sample_posts()["board"]
    )
    return 200, "text/html", f"<html><title>Noticeboard</title><ul>{items}</ul></html>"


def _bomb(host: str) -> tuple[int, str, str]:
    attributes = " ".join(f"a{number}='x'" for number in range(40_000))
    return 200, "application/rss+xml", f"<rss version='2.0'><channel {attributes}></channel></rss>"


PAGES: dict[str, Page] = {
    "/paper.xml": _rss,
    "/blogs.xml": _atom,
    "/forum.json": _json_feed,
    "/reviews": _reviews,
    "/board": _board,
    "/moved": lambda host: (200, "text/html", "<html><body>Our new site is here!</body></html>"),
    "/broken": lambda host: (503, "text/plain", "try later"),
    "/members": lambda host: (200, "text/html", "<html><form><input type='password'></form></html>"),
    "/bomb.xml": _bomb,
}
