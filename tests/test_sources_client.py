"""The polite client, against a real server."""

import gzip
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from web_server import Answer, Asked, WebServer, redirect

from sources.answers import Validators
from sources.client import Client
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.manners import Manners

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LOCAL = ("127.0.0.0/8",)
MIB = 1024 * 1024


@pytest.fixture
def hasty() -> Iterator[Client]:
    manners = Manners(allow=LOCAL, spacing=0.0, connect_timeout=0.3, read_timeout=0.3, total_timeout=0.6)
    with closing(Client(manners, now=lambda: NOW)) as client:
        yield client


def test_it_must_say_who_it_is_and_why(web: WebServer) -> None:
    manners = Manners(product="nursery-watcher/1", notice_url="https://s.example/why", allow=LOCAL, spacing=0)
    web.routes["/"] = b"hello"
    with closing(Client(manners)) as polite:
        polite.get(web.url("/"), headers={"User-Agent": "a browser", "Accept-Encoding": "br"}, accept="text/html")
    assert [asked.path for asked in web.asked] == ["/robots.txt", "/"]
    assert {asked.headers["user-agent"] for asked in web.asked} == {"nursery-watcher/1 (+https://s.example/why)"}
    assert {asked.headers["accept-encoding"] for asked in web.asked} == {"gzip"}
    assert web.asked[-1].headers["accept"] == "text/html"


@pytest.mark.parametrize("etag", ['W/"a b"', '"ü"', '"\xa0\xff"', "unquoted", '"' + "x" * 500 + '"'])
def test_validators_must_travel_verbatim_and_304_must_be_no_error(
    etag: str, web: WebServer, client: Client
) -> None:
    modified = "Tue, 24 Nov 2026 08:00:00 GMT"

    def answer(asked: Asked) -> Answer:
        same = asked.headers.get("if-none-match") == etag and asked.headers.get("if-modified-since") == modified
        return Answer(status=304) if same else Answer(b"new", headers={"ETag": etag, "Last-Modified": modified})

    web.routes["/feed"] = answer
    first = client.get(web.url("/feed"))
    validators = Validators(first.headers["etag"], first.headers["last-modified"])
    again = client.get(web.url("/feed"), validators=validators)
    assert (first.body, first.not_modified, again.body, again.not_modified) == (b"new", False, b"", True)


def test_validators_no_header_may_hold_must_be_left_out(web: WebServer, client: Client) -> None:
    web.routes["/feed"] = b"new"
    client.get(web.url("/feed"), validators=Validators('"a"\r\nX-Evil: 1', "24 November 2026 ☃"))
    assert not {"if-none-match", "if-modified-since", "x-evil"} & web.asked[-1].headers.keys()


def test_not_modified_without_having_asked_must_be_no_success(web: WebServer, client: Client) -> None:
    web.routes["/feed"] = Answer(status=304)
    with pytest.raises(Malformed, match="304"):
        client.get(web.url("/feed"))


ERRORS = {
    "401": (Answer(status=401), Refused),
    "403": (Answer(b"<html>blocked</html>", 403), Refused),
    "403 with Retry-After": (Answer(status=403, headers={"Retry-After": "60"}), RateLimited),
    "404": (Answer(status=404), Refused),
    "410": (Answer(status=410), Refused),
    "418": (Answer(status=418), Malformed),
    "429": (Answer(status=429), RateLimited),
    "500": (Answer(status=500), Unreachable),
    "503": (Answer(status=503), Unreachable),
    "503 with Retry-After": (Answer(status=503, headers={"Retry-After": "60"}), RateLimited),
    "redirect to nowhere": (Answer(status=302), Malformed),
    "redirect to another protocol": (redirect("ftp://news.example/"), Refused),
    "redirect to an unreadable address": (redirect("http://news.example:eighty/"), Malformed),
    "redirect to itself": (redirect("/x?key=secret"), Malformed),
    "cut off": (Answer(b"x" * 1000, cut=True), Unreachable),
    "too large": (Answer(b"x" * (5 * MIB + 1)), Malformed),
    "bomb": (Answer(gzip.compress(bytes(50 * MIB)), headers={"Content-Encoding": "gzip"}), Malformed),
    "broken gzip": (Answer(b"nonsense", headers={"Content-Encoding": "gzip"}), Malformed),
    "brotli unasked": (Answer(b"nonsense", headers={"Content-Encoding": "br"}), Malformed),
    "drips": (Answer(b"x" * 1000, drip=0.05), Unreachable),
    "hangs": (Answer(b"x", hang=30), Unreachable),
}


@pytest.mark.parametrize("name", ERRORS)
def test_every_failure_must_tell_what_to_do(name: str, web: WebServer, hasty: Client) -> None:
    answer, kind = ERRORS[name]
    web.routes["/x?key=secret"] = answer
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        hasty.get(web.url("/x?key=secret"))
    assert type(caught.value) is kind
    assert "127.0.0.1" in str(caught.value) or "news.example" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert time.monotonic() - started < 1.5


def test_a_failure_that_is_asked_for_must_be_an_answer(web: WebServer, client: Client) -> None:
    web.routes["/x"] = Answer(b'{"error": "no such tag"}', 404)
    response = client.get(web.url("/x"), allow_status={404})
    assert (response.status, response.body) == (404, b'{"error": "no such tag"}')


@pytest.mark.parametrize("port", [9])
def test_a_host_without_a_server_must_be_unreachable(port: int, hasty: Client) -> None:
    with pytest.raises(Unreachable, match="cannot be reached"):
        hasty.get(f"http://127.0.0.1:{port}/")


def test_honest_compression_must_be_unpacked(web: WebServer, client: Client) -> None:
    web.routes["/gz"] = Answer(gzip.compress(b"text" * 1000), headers={"Content-Encoding": "gzip"})
    assert client.get(web.url("/gz")).body == b"text" * 1000


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_must_be_followed_and_remembered_only_where_permanent(
    status: int, web: WebServer, client: Client
) -> None:
    web.routes |= {"/old": redirect("/older#top", 301), "/older": redirect("new", status), "/new": b"here"}
    response = client.get(web.url("/old"))
    assert (response.body, response.url) == (b"here", web.url("/new"))
    assert response.moved_to == (web.url("/new") if status in (301, 308) else None)


def test_five_redirects_must_be_followed_and_no_more(web: WebServer, client: Client) -> None:
    web.routes |= {f"/{n}": redirect(f"/{n + 1}") for n in range(6)} | {"/6": b"end"}
    assert client.get(web.url("/1")).body == b"end"
    with pytest.raises(Malformed, match="redirects more than 5 times"):
        client.get(web.url("/0"))


@pytest.mark.parametrize(
    "location", ["/caf%C3%A9?a=1", "/café?a=1", "/café?a=1".encode().decode("latin-1"), " /caf%C3%A9?a=1"]
)
def test_a_location_must_be_read_as_browsers_do(location: str, web: WebServer, client: Client) -> None:
    web.routes |= {"/out": redirect(location), "/caf%C3%A9?a=1": b"coffee"}
    assert client.get(web.url("/out")).body == b"coffee"


def test_a_callers_headers_must_not_follow_to_another_host(web: WebServer, client: Client) -> None:
    with WebServer("127.0.0.2") as other:
        web.routes |= {"/out": redirect("/on"), "/on": redirect(other.url("/in"))}
        other.routes["/in"] = redirect(web.url("/back"))
        web.routes["/back"] = b"ok"
        own = {"X-Api-Key": "secret", "Authorization": "secret", "Cookie": "secret"}
        client.get(web.url("/out"), headers=own, validators=Validators('"a"'))
        kept = {"x-api-key", "authorization", "cookie", "if-none-match"}
        there, back = other.asked[-1], web.asked[-1]
    assert [kept <= asked.headers.keys() for asked in web.asked if asked.path in ("/out", "/on")] == [True, True]
    assert [kept & asked.headers.keys() for asked in (there, back)] == [set(), set()]
    assert "accept" in there.headers


# Turns and rests


def test_requests_to_one_host_must_come_one_at_a_time_with_a_pause(web: WebServer) -> None:
    inside = threading.Semaphore(1)
    together: list[str] = []

    def answer(asked: Asked) -> bytes:
        if not inside.acquire(blocking=False):
            together.append(asked.path)
        web.stopped.wait(0.02)
        inside.release()
        return b"a"

    web.routes |= {f"/{n}": answer for n in range(5)}
    manners = Manners(allow=LOCAL, spacing=0.5)  # a tenth of it for addresses that are allowed
    with closing(Client(manners, jitter=random.Random(3))) as client, ThreadPoolExecutor(5) as pool:
        list(pool.map(client.get, [web.url(f"/{n}") for n in range(5)]))
    times = [asked.at for asked in web.asked]
    assert together == []
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.05


def test_different_hosts_must_not_wait_for_each_other() -> None:
    hosts = [f"127.1.0.{number}" for number in range(1, 11)]
    everybody = threading.Barrier(10, timeout=10)
    manners = Manners(allow=LOCAL, allowed_spacing=60.0)
    with WebServer(hosts[0], more_hosts=hosts[1:]) as server, closing(Client(manners)) as client:
        server.routes["/a"] = lambda _: str(everybody.wait()).encode()
        with ThreadPoolExecutor(10) as pool:
            answers = pool.map(lambda host: client.get(server.url("/a", host), robots=False).body, hosts)
            assert sorted(answers) == sorted(str(n).encode() for n in range(10))


def test_a_host_that_asked_for_a_rest_must_be_left_alone(web: WebServer, client: Client) -> None:
    web.routes |= {"/busy": Answer(status=429, headers={"Retry-After": "60"}), "/other": b"fine"}
    with pytest.raises(RateLimited, match="too many requests") as first:
        client.get(web.url("/busy"))
    with pytest.raises(RateLimited, match="asked for a rest") as second:
        client.get(web.url("/other"))
    assert first.value.retry_after == timedelta(seconds=60)
    assert timedelta(seconds=50) < (second.value.retry_after or timedelta(0)) <= timedelta(seconds=60)
    assert web.paths() == ["/busy"]


def test_a_bare_403_after_a_throttle_must_mean_the_same(web: WebServer, client: Client) -> None:
    web.routes["/x"] = Answer(status=429, headers={"Retry-After": "0"})
    with pytest.raises(RateLimited):
        client.get(web.url("/x"))
    web.routes["/x"] = Answer(status=403)
    with pytest.raises(RateLimited):
        client.get(web.url("/x"))


def test_all_who_wait_for_a_dead_host_must_learn_it_together() -> None:
    """Ten sources on a host that is down cost one time-out, not ten in a row."""
    tried: list[str] = []

    def hang(host: str, port: int) -> list[str]:
        tried.append(host)
        over.wait(10)
        return []

    over = threading.Event()
    client = Client(Manners(total_timeout=0.3, spacing=0.0), resolve=hang)

    def ask(_: int) -> str:
        try:
            client.get("http://news.example/")
        except Unreachable as error:
            return str(error)
        return "no error"

    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(ask, range(10)))
    over.set()
    assert len(tried) == 1
    assert all("could" in one for one in said)


def test_time_in_all_must_be_bounded_over_redirects_and_robots(web: WebServer) -> None:
    web.routes |= {f"/{n}": Answer(status=302, headers={"Location": f"/{n + 1}"}, hang=0.15) for n in range(6)}
    web.routes["/robots.txt"] = Answer(status=404, hang=0.15)
    started = time.monotonic()
    with (
        closing(Client(Manners(allow=LOCAL, spacing=0.0, total_timeout=0.4))) as client,
        pytest.raises(Unreachable),
    ):
        client.get(web.url("/0"))
    assert time.monotonic() - started < 0.7
    assert 1 <= len(web.paths()) <= 3


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *(
            "ftp://news.example/",
            "file:///etc/hostname",
            "gopher://news.example/",
            "javascript:alert(1)",
            "data:,x",
        ),
        *(
            "http://user:secret@news.example/",
            "http://secret@news.example/",
            "http:///feed",
            "http:news.example",
            "",
        ),
        *(
            "//news.example/",
            "news.example",
            "http://news.example\\@127.0.0.1/",
            "http://news.example/\r\nX: secret",
        ),
        *(
            "http://news.example:0/",
            "http://news.example:99999/",
            "http://news.example:-1/",
            "http://news.example:8o/",
        ),
        *(
            "http://[::1/",
            "http://[x]/",
            "http://" + "a" * 300 + "/",
            "http://news.example/" + "a" * 9000,
            "http://a b/",
        ),
        "http://" + "a" * 64 + ".example/",
    ],
)
def test_what_is_no_plain_web_address_must_be_refused(address: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise UnicodeError("label too long")

    with pytest.raises((Refused, Unreachable)) as caught:
        Client(Manners(spacing=0.0), resolve=resolve).get(address, robots=False)
    assert type(caught.value) is Refused or "a" * 64 in address
    assert "secret" not in str(caught.value)


# APIs


def test_an_api_must_get_what_is_sent_to_it(web: WebServer, client: Client) -> None:
    web.routes["/api"] = lambda asked: json.dumps(
        [asked.method, asked.headers.get("content-type"), asked.headers.get("x-key"), asked.body.decode()]
    ).encode()
    sent = client.request("POST", web.url("/api"), json={"q": "nursery"}, headers={"X-Key": "k"})
    assert json.loads(sent.body) == ["POST", "application/json", "k", '{"q":"nursery"}']
    form = client.request("POST", web.url("/api"), body=b"q=1", headers={"Content-Type": "text/x"})
    assert json.loads(form.body) == ["POST", "text/x", None, "q=1"]
    assert client.request("HEAD", web.url("/api")).body == b""
    assert [asked.path for asked in web.asked] == ["/api"] * 3


def test_what_is_posted_must_not_follow_a_redirect(web: WebServer, client: Client) -> None:
    web.routes |= {"/api": redirect("/other", 307), "/other": b"mine"}
    with pytest.raises(Malformed, match="leads elsewhere"):
        client.request("POST", web.url("/api"), json={"secret": 1})
    assert web.paths() == ["/api"]


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "\x00", "snow ☃", "\x7f"])
def test_a_key_no_header_may_hold_must_be_refused_without_telling_it(value: str, client: Client) -> None:
    with pytest.raises(Refused, match="x-key") as caught:
        client.get("http://127.0.0.1:9/", headers={"X-Key": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.request("DELETE", "http://127.0.0.1:9/"),
        lambda client: client.request("GET", "http://127.0.0.1:9/", json={}),
    ],
    ids=["DELETE", "GET with a body"],
)
def test_other_methods_must_not_be_possible(call: Callable[[Client], object], client: Client) -> None:
    with pytest.raises(ValueError, match="expected"):
        call(client)


def test_the_environment_must_not_decide_where_we_go(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.routes["/a"] = b"direct"
    with closing(Client(Manners(allow=LOCAL, spacing=0.0))) as fresh:
        assert fresh.get(web.url("/a")).body == b"direct"


def test_clients_beside_one_another_must_share_turns_rests_and_rules(web: WebServer, client: Client) -> None:
    web.routes["/x"] = Answer(status=429, headers={"Retry-After": "60"})
    with closing(Client(Manners(allow=LOCAL, spacing=0.0), beside=client)) as other:
        with pytest.raises(RateLimited):
            client.get(web.url("/x"))
        with pytest.raises(RateLimited, match="asked for a rest"):
            other.get(web.url("/y"))
        theirs = {"Authorization": "Bearer theirs"}
        assert other.get(web.url("/y"), headers=theirs, allow_status=[404]).status == 404
    assert [asked.path for asked in web.asked] == ["/robots.txt", "/x", "/y"]
