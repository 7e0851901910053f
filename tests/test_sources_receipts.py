"""Receipts: what is kept of answers for evidence, and what never is."""

import hashlib
import threading

import pytest
from conftest import NOW
from web_server import Answer, WebServer, redirect

from sources.answers import Validators
from sources.client import Client
from sources.errors import Refused
from sources.receipts import LONGEST_VALUE, MOST, MOST_CARRIERS, Receipt, carriers, receipts

HEADERS = {
    "Date": "Tue, 24 Nov 2026 08:59:59 GMT",
    "ETag": '"abc"',
    "Server": "A\x01B" + "x" * 500,
    "Set-Cookie": "session=secret",
    "Authorization": "secret",
    "X-Tracking": "secret",
    "Content-Type": "text/html",
}


def test_a_few_headers_must_be_kept_cleaned_and_never_a_cookie(client: Client, web: WebServer) -> None:
    web.routes["/page?key=secret"] = Answer(b"hello", headers=HEADERS)
    with receipts() as kept:
        client.get(web.url("/page?key=secret"))
    (receipt,) = kept
    assert (receipt.host, receipt.status, receipt.at, receipt.size) == ("127.0.0.1", 200, NOW, 5)
    assert receipt.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert dict(receipt.headers) == {
        "date": HEADERS["Date"],
        "etag": '"abc"',
        "server": ("A B" + "x" * 500)[:LONGEST_VALUE],
        "content-type": "text/html",
    }
    assert "secret" not in repr(receipt)


def test_only_good_answers_must_have_one(client: Client, web: WebServer) -> None:
    web.routes |= {
        "/robots.txt": b"User-agent: *",
        "/old": redirect("/new"),
        "/new": Answer(b"new"),
        "/same": Answer(status=304),
        "/none": Answer(b"none", 404),
    }
    with receipts() as kept:
        client.get(web.url("/old"))
        client.get(web.url("/same"), validators=Validators(etag='"a"'))
        client.get(web.url("/none"), allow_status=[404])
        with pytest.raises(Refused):
            client.get(web.url("/none"))
    assert [receipt.url for receipt in kept] == [web.url("/new")]


def test_nobody_else_must_get_them(client: Client, web: WebServer) -> None:
    web.routes["/a"] = b"a"
    with receipts() as kept:
        other = threading.Thread(target=client.get, args=(web.url("/a"),))
        other.start()
        other.join()
    client.get(web.url("/a"))
    assert kept == []


def test_they_must_be_bounded(client: Client, web: WebServer) -> None:
    web.routes["/a"] = b"a"
    with receipts() as kept:
        for _ in range(MOST + 3):
            client.get(web.url("/a"), robots=False)
    assert len(kept) == MOST
    assert len(carriers("", kept)) == MOST_CARRIERS


def a_receipt(url: str) -> Receipt:
    return Receipt("x.example", 200, NOW, (), 1, "0" * 64, url)


def test_a_posts_own_page_must_be_told_from_the_rest() -> None:
    page, listing = a_receipt("https://x.example/post/1"), a_receipt("https://x.example/list")
    assert carriers("https://x.example/post/1#top", [listing, page]) == (page,)
    assert carriers("https://x.example/post/2", [listing, page]) == (listing, page)
    assert carriers("", [listing]) == (listing,)
    assert carriers("https://x.example/post/1", []) == ()
