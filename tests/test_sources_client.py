"""The polite client, against a real server."""

import gzip
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from web_server import Answer, Asked, WebServer

from sources.client import Client, Manners, Validators
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_it_must_say_who_it_is_and_why(web: WebServer) -> None:
    manners = Manners(
        product="nursery-watcher/1", notice_url="https://s.example/why", allow=("127.0.0.1",), spacing=0
    )
    polite = Client(manners)
    web.routes["/"] = Answer(b"hello")
    polite.get(web.url("/"))
    polite.close()
    assert {asked.headers["user-agent"] for asked in web.asked} == {"nursery-watcher/1 (+https://s.example/why)"}
    assert {asked.headers["accept-encoding"] for asked in web.asked} == {"gzip"}


def test_validators_must_travel_verbatim_and_304_must_be_no_error(web: WebServer, client: Client) -> None:
    def answer(asked: Asked) -> Answer:
        same = asked.headers.get("if-none-match") == 'W/"a b"' and "if-modified-since" in asked.headers
        return Answer(status=304) if same else Answer(b"new", headers={"ETag": 'W/"a b"'})

    web.routes["/feed"] = answer
    first = client.get(web.url("/feed"))
    again = client.get(
        web.url("/feed"), validators=Validators(first.headers["etag"], "Tue, 24 Nov 2026 08:00:00 GMT")
    )
    assert (first.body, first.not_modified, again.body, again.not_modified) == (b"new", False, b"", True)


ERRORS = {
    "401": (Answer(status=401), Refused),
    "403": (Answer(b"<html>blocked</html>", 403), Refused),
    "403 with Retry-After": (Answer(status=403, headers={"Retry-After": "60"}), RateLimited),
    "404": (Answer(status=404), Refused),
    "408": (Answer(status=408), Unreachable),
    "410": (Answer(status=410), Refused),
    "418": (Answer(status=418), Malformed),
    "429": (Answer(status=429), RateLimited),
    "451": (Answer(status=451), Refused),
    "500": (Answer(status=500), Unreachable),
    "503": (Answer(status=503), Unreachable),
    "503 with Retry-After": (Answer(status=503, headers={"Retry-After": "60"}), RateLimited),
    "cut off": (Answer(b"x" * 1000, cut=True), Unreachable),
    "too large": (Answer(b"x" * (5 * 1024 * 1024 + 1)), Malformed),
    "broken gzip": (Answer(b"nonsense", headers={"Content-Encoding": "gzip"}), Malformed),
    "brotli unasked": (Answer(b"nonsense", headers={"Content-Encoding": "br"}), Malformed),
    "drips": (Answer(b"x" * 1000, drip=0.1), Unreachable),
    "hangs": (Answer(b"x", hang=30), Unreachable),
}


@pytest.mark.parametrize("name", ERRORS)
def test_every_failure_must_tell_what_to_do(name: str, web: WebServer, client: Client) -> None:
    answer, kind = ERRORS[name]
    web.routes["/x?key=secret"] = answer
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        client.get(web.url("/x?key=secret"))
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", timedelta(seconds=120)),
        ("Tue, 24 Nov 2026 09:05:00 GMT", timedelta(minutes=5)),
        ("soon", None),
        ("99999999999", timedelta(hours=24)),
    ],
)
def test_retry_after_must_be_read_as_seconds_or_date(
    header: str, pause: timedelta | None, web: WebServer, client: Client
) -> None:
    web.routes["/x"] = Answer(status=429, headers={"Retry-After": header})
    with pytest.raises(RateLimited) as caught:
        client.get(web.url("/x"))
    assert caught.value.retry_after == pause


def test_a_host_that_asked_for_a_rest_must_be_left_alone(web: WebServer, client: Client) -> None:
    web.routes["/busy"] = Answer(status=429, headers={"Retry-After": "60"})
    web.routes["/other"] = Answer(b"fine")
    with pytest.raises(RateLimited):
        client.get(web.url("/busy"))
    with pytest.raises(RateLimited):
        client.get(web.url("/other"))
    assert web.paths() == ["/busy"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_must_be_followed_and_remembered_only_where_permanent(
    status: int, web: WebServer, client: Client
) -> None:
    web.routes["/old"] = Answer(status=status, headers={"Location": "/new"})
    web.routes["/new"] = Answer(b"here")
    response = client.get(web.url("/old"))
    assert response.body == b"here"
    assert response.moved_to == (web.url("/new") if status in (301, 308) else None)


def test_endless_redirects_must_end(web: WebServer, client: Client) -> None:
    web.routes["/loop"] = Answer(status=302, headers={"Location": "/loop"})
    with pytest.raises(Malformed, match="redirects more than 5 times"):
        client.get(web.url("/loop"))


def test_a_callers_headers_must_not_follow_to_another_host(web: WebServer, client: Client) -> None:
    other = WebServer("127.0.0.2")
    other.routes["/in"] = Answer(b"ok")
    web.routes["/out"] = Answer(status=302, headers={"Location": other.url("/in")})
    client.get(web.url("/out"), headers={"X-Api-Key": "secret", "Authorization": "secret"})
    other.close()
    assert web.asked[-1].headers["x-api-key"] == "secret"
    assert not {"x-api-key", "authorization"} & {name.lower() for name in other.asked[-1].headers}


ROBOTS = {
    "missing": (Answer(status=404), True),
    "forbidden itself": (Answer(status=403), True),
    "allows": (Answer(b"User-agent: *\nAllow: /"), True),
    "disallows all": (Answer(b"User-agent: *\nDisallow: /"), False),
    "disallows us": (Answer(b"User-agent: nursery-watcher\nDisallow: /feed\n\nUser-agent: *\nAllow: /"), False),
    "disallows others": (Answer(b"User-agent: other\nDisallow: /\n\nUser-agent: *\nAllow: /"), True),
    "broken": (Answer(b"\xff\xfe<html>"), True),
    "in trouble": (Answer(status=500), False),
}


@pytest.mark.parametrize("name", ROBOTS)
def test_robots_must_be_obeyed(name: str, web: WebServer, client: Client) -> None:
    robots, allowed = ROBOTS[name]
    web.routes |= {"/robots.txt": robots, "/feed": Answer(b"feed")}
    if allowed:
        assert client.get(web.url("/feed")).body == b"feed"
    else:
        with pytest.raises(SourceError):
            client.get(web.url("/feed"))
        assert web.paths() == []


def test_robots_must_be_asked_once_a_day(web: WebServer, client: Client) -> None:
    web.routes["/a"] = Answer(b"a")
    for _ in range(3):
        client.get(web.url("/a"))
    assert [asked.path for asked in web.asked] == ["/robots.txt", "/a", "/a", "/a"]


def test_requests_to_one_host_must_come_one_at_a_time_with_a_pause(web: WebServer) -> None:
    polite = Client(Manners(allow=("127.0.0.1",), spacing=1.0), jitter=random.Random(3))  # a tenth, where allowed
    web.routes["/a"] = Answer(b"a")
    threads = [threading.Thread(target=polite.get, args=(web.url("/a"),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    polite.close()
    times = [asked.at for asked in web.asked]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.09


def _bomb() -> bytes:
    return gzip.compress(b"0" * (200 * 1024 * 1024))


def test_a_compressed_bomb_must_not_be_unpacked(web: WebServer, client: Client) -> None:
    web.routes["/bomb"] = Answer(_bomb(), headers={"Content-Encoding": "gzip"})
    with pytest.raises(Malformed, match="more than 5 MiB"):
        client.get(web.url("/bomb"))


def test_honest_compression_must_be_unpacked(web: WebServer, client: Client) -> None:
    web.routes["/gz"] = Answer(gzip.compress(b"text" * 1000), headers={"Content-Encoding": "gzip"})
    assert client.get(web.url("/gz")).body == b"text" * 1000


def _resolving(*answers: list[str]) -> Callable[[str, int], list[str]]:
    left = list(answers)
    return lambda host, port: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([["127.0.0.1"]], id="private"),
        pytest.param([["93.184.216.34", "127.0.0.1"]], id="mixed"),
        pytest.param([["::ffff:127.0.0.1"]], id="mapped"),
        pytest.param([["0x7f.1"]], id="odd spelling"),
        pytest.param([["169.254.169.254"]], id="metadata service"),
        pytest.param([["fe80::1%lo"]], id="zone"),
    ],
)
def test_a_name_at_a_private_address_must_be_refused_before_connecting(
    answers: list[list[str]], web: WebServer
) -> None:
    careful = Client(Manners(spacing=0.0), resolve=_resolving(*answers))
    with pytest.raises(Refused):
        careful.get("http://news.example/feed", robots=False)
    careful.close()
    assert web.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.9/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
        "http://127.1/",
    ],
)
def test_a_redirect_to_a_private_address_must_be_refused(
    status: int, target: str, web: WebServer, client: Client
) -> None:
    strict = Client(Manners(allow=("127.0.0.1/32",), spacing=0.0, connect_timeout=0.5))
    canary = WebServer("127.0.0.9")
    web.routes["/out"] = Answer(status=status, headers={"Location": target})
    with pytest.raises(SourceError):
        strict.get(web.url("/out"), robots=False)
    strict.close()
    canary.close()
    assert canary.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "ftp://news.example/",
        "file:///etc/hostname",
        "gopher://news.example/",
        "http://user:word@news.example/",
        "http://news.example:8080/",
        "http://news.example:22/",
        "http://127.0.0.1:99999/",
        "http://news.example\\@127.0.0.1/",
        "http:///feed",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plain_web_address_must_be_refused(address: str) -> None:
    careful = Client(Manners(spacing=0.0), resolve=_resolving(["93.184.216.34"]))
    with pytest.raises(Refused):
        careful.get(address, robots=False)
    careful.close()


def test_the_checked_address_must_be_the_one_connected_to(web: WebServer) -> None:
    """Rebinding: the second look-up would give another address, so there must be none."""
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    web.routes["/x"] = Answer(b"ok")
    careful = Client(Manners(allow=("127.0.0.1",), spacing=0.0), resolve=resolve)
    assert careful.get(f"http://school.test:{web.port}/x", robots=False).body == b"ok"
    careful.close()
    assert web.asked[0].headers["host"] == f"school.test:{web.port}"
