"""robots.txt: what it means, and that it is obeyed."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from web_server import Answer, WebServer, redirect

from sources.client import Client
from sources.errors import RateLimited, Refused, SourceError, Unreachable
from sources.manners import Manners
from sources.robots import ALL_ALLOWED, LARGEST, Robots, Rulebook, read_robots

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LOCAL = ("127.0.0.0/8",)
SITE = "https://news.example"

#: robots.txt, and whether /feed/a may be asked.
RULES = {
    "empty": ("", True),
    "allow all": ("User-agent: *\nDisallow:", True),
    "disallow all": ("User-agent: *\nDisallow: /", False),
    "byte order mark": ("\ufeffUser-agent: *\nDisallow: /", False),
    "windows lines": ("User-agent: *\r\nDisallow: /feed\r\n", False),
    "old mac lines": ("User-agent: *\rDisallow: /feed", False),
    "case": ("USER-AGENT: *\ndisallow: /feed", False),
    "paths have case": ("User-agent: *\nDisallow: /FEED", True),
    "comments": ("# x\nUser-agent: * # all\n\n# y\nDisallow: /feed # here\n", False),
    "commented out": ("User-agent: *\n#Disallow: /feed", True),
    "blank lines do not end a group": ("User-agent: *\n\n\nDisallow: /feed", False),
    "rules before any agent": ("Disallow: /feed\nUser-agent: *\nDisallow: /x", True),
    "ours": ("User-agent: nursery-watcher\nDisallow: /feed", False),
    "ours in capitals": ("User-agent: Nursery-Watcher\nDisallow: /feed", False),
    "ours with a version": ("User-agent: nursery-watcher/2.0 (x)\nDisallow: /feed", False),
    "ours instead of all": ("User-agent: *\nDisallow: /\nUser-agent: nursery-watcher\nAllow: /", True),
    "ours instead of all, first": ("User-agent: nursery-watcher\nDisallow: /x\n\nUser-agent: *\nDisallow: /", True),
    "ours is empty": ("User-agent: nursery-watcher\nDisallow:\n\nUser-agent: *\nDisallow: /", True),
    "ours twice": (
        "User-agent: nursery-watcher\nAllow: /x\nUser-agent: a\nUser-agent: nursery-watcher\nDisallow: /feed",
        False,
    ),
    "all twice": ("User-agent: *\nDisallow: /x\nUser-agent: a\nDisallow: /\nUser-agent: *\nDisallow: /feed", False),
    "shared group": ("User-agent: a\nUser-agent: nursery-watcher\nUser-agent: b\nDisallow: /feed", False),
    "shared group with a site map": (
        "User-agent: nursery-watcher\nSitemap: /s.xml\nUser-agent: b\nDisallow: /feed",
        False,
    ),
    "another": ("User-agent: nursery\nDisallow: /\nUser-agent: watcher\nDisallow: /", True),
    "a longer name": ("User-agent: nursery-watcher-pro\nDisallow: /", True),
    "the start of ours": ("User-agent: n\nDisallow: /", True),
    "spelt badly": ("User agent: *\nDissallow: /feed", False),
    "without colon": ("User-agent *\nDisallow /feed", False),
    "longest rule wins": ("User-agent: *\nDisallow: /\nAllow: /feed", True),
    "allow wins a tie": ("User-agent: *\nDisallow: /feed\nAllow: /feed", True),
    "star": ("User-agent: *\nDisallow: /*/a", False),
    "dollar": ("User-agent: *\nDisallow: /feed$", True),
    "star and dollar": ("User-agent: *\nDisallow: /*a$", False),
    "percent": ("User-agent: *\nDisallow: /%66eed", False),
    "html": ("<html><body>User-agent: *<br>Disallow: /</body></html>", True),
    "binary": ("\x00\ufffd\x7f" * 99, True),
    "a line of a megabyte": ("User-agent: *\nDisallow: /feed\nDisallow: /" + "a" * 1_000_000, False),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_must_mean_what_the_standard_says(name: str) -> None:
    text, allowed = RULES[name]
    assert read_robots(text.encode()).allows(f"{SITE}/feed/a") is allowed


def test_half_a_rule_at_the_end_of_what_is_read_must_not_count(web: WebServer, client: Client) -> None:
    body = b"User-agent: *\nDisallow: /x\n".ljust(LARGEST - 12, b"#") + b"\nDisallow: /nowhere\n" * 10_000
    assert body[:LARGEST].endswith(b"\nDisallow: /")
    assert read_robots(body).allows(f"{SITE}/feed/a")
    web.routes |= {"/robots.txt": body, "/feed": b"feed"}
    assert client.get(web.url("/feed")).body == b"feed"


DELAYS = {
    "10": 10.0,
    "0.5": 0.5,
    "3600": 60.0,
    "1e9": 60.0,
    "-1": 0.0,
    "nan": 0.0,
    "inf": 0.0,
    "soon": 0.0,
    "": 0.0,
}


@pytest.mark.parametrize("asked", DELAYS)
def test_a_wish_for_a_pause_must_be_bounded(asked: str) -> None:
    assert read_robots(f"User-agent: *\nCrawl-delay: {asked}".encode()).delay == DELAYS[asked]


def _lines(line: str, count: int) -> str:
    return "".join(line % number for number in range(count))


BOMBS = {
    "agents times rules": _lines("User-agent: a%d\n", 15_000) + _lines("Disallow: /%d\n", 15_000),
    "everybody again and again": "User-agent: *\n" * 35_000 + "Disallow: /x",
    "agents and comments by turns": "User-agent: *\n#\n" * 30_000,
    "stars": "User-agent: *\nDisallow: /" + "*a" * 200_000,
    "rules full of stars": "User-agent: *\n" + "Disallow: /a*a*a*a*a*a*b$\n" * 18_000,
    "dollars": "User-agent: *\nDisallow: /" + "$" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_file_must_cost_little(name: str) -> None:
    """Read in the service itself, so it must not hold it up: protego alone needs minutes for the first of these."""
    began = time.process_time()
    assert read_robots(BOMBS[name].encode()).allows(f"{SITE}/{'a' * 2000}")
    assert time.process_time() - began < 2


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def rulebook(clock: list[datetime]) -> Rulebook:
    return Rulebook(lambda: clock[0])


def _unreachable() -> Robots:
    raise Unreachable("no answer")


@pytest.mark.parametrize(
    ("age", "kept"),
    [
        (timedelta(hours=25), True),
        (timedelta(days=29), True),
        (timedelta(days=31), False),
        (-timedelta(days=1), False),
    ],
    ids=["a day", "a month", "too long", "the clock went back"],
)
def test_old_rules_must_stay_in_force_while_a_site_is_away(
    age: timedelta, kept: bool, clock: list[datetime], rulebook: Rulebook
) -> None:
    rules = read_robots(b"User-agent: *\nDisallow: /x")
    assert rulebook.robots(SITE, lambda: rules) is rules
    clock[0] = NOW + age
    if kept:
        assert rulebook.robots(SITE, _unreachable) is rules
    else:
        with pytest.raises(Unreachable):
            rulebook.robots(SITE, _unreachable)


def test_a_failure_must_not_be_remembered(rulebook: Rulebook) -> None:
    with pytest.raises(Unreachable):
        rulebook.robots(SITE, _unreachable)
    assert rulebook.robots(SITE, lambda: ALL_ALLOWED) is ALL_ALLOWED


# Obeyed by the client

#: What a site may answer for its robots.txt, and the error that follows for its feed, if any.
ROBOTS: dict[str, tuple[Answer, type[SourceError] | None]] = {
    "missing": (Answer(status=404), None),
    "forbidden itself": (Answer(status=403), None),
    "allows": (Answer(b"User-agent: *\nAllow: /"), None),
    "broken": (Answer(b"\xff\xfe<html>"), None),
    "elsewhere": (redirect("/rules"), Refused),
    "endless redirects": (redirect("/robots.txt"), None),
    "disallows all": (Answer(b"User-agent: *\nDisallow: /"), Refused),
    "disallows us": (Answer(b"User-agent: nursery-watcher\nDisallow: /feed"), Refused),
    "disallows others": (Answer(b"User-agent: other\nDisallow: /"), None),
    "endless": (Answer(b"User-agent: *\nDisallow: /feed\n", endless=b"Disallow: /x\n" * 5000), Refused),
    "in trouble": (Answer(status=500), Unreachable),
    "cut off": (Answer(b"User-agent: *\n" * 9, cut=True), Unreachable),
    "too busy": (Answer(status=429), RateLimited),
    "badly packed": (Answer(b"nonsense", headers={"Content-Encoding": "gzip"}), Unreachable),
}


@pytest.mark.parametrize("name", ROBOTS)
def test_robots_must_be_obeyed(name: str, web: WebServer, client: Client) -> None:
    robots, expected = ROBOTS[name]
    web.routes |= {"/robots.txt": robots, "/feed": b"feed", "/rules": b"User-agent: *\nDisallow: /"}
    if expected is None:
        assert client.get(web.url("/feed")).body == b"feed"
    else:
        with pytest.raises(expected, match=r"robots\.txt"):
            client.get(web.url("/feed"))
        assert "/feed" not in web.paths()


def test_robots_must_be_obeyed_on_every_redirect(web: WebServer, client: Client) -> None:
    web.routes |= {"/robots.txt": b"User-agent: *\nDisallow: /in", "/out": redirect("/in"), "/in": b"secret garden"}
    with pytest.raises(Refused, match=r"robots\.txt says no"):
        client.get(web.url("/out"))
    assert web.paths() == ["/out"]


def test_robots_must_be_asked_once_a_day(web: WebServer) -> None:
    clock = [NOW]
    web.routes["/a"] = b"a"
    with closing(Client(Manners(allow=LOCAL, spacing=0.0), now=lambda: clock[0])) as client:
        for hours in (0, 1, 23, 24, 30):
            clock[0] = NOW + timedelta(hours=hours)
            client.get(web.url("/a"))
    robots, page = "/robots.txt", "/a"
    assert [asked.path for asked in web.asked] == [robots, page, page, page, robots, page, page]


def test_robots_must_be_asked_once_by_many_threads(web: WebServer, client: Client) -> None:
    web.routes["/a"] = b"a"
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(client.get, [web.url("/a")] * 10))
    assert [asked.path for asked in web.asked].count("/robots.txt") == 1


def test_a_sites_wish_for_a_pause_must_be_obeyed(web: WebServer) -> None:
    web.routes |= {"/robots.txt": b"User-agent: *\nCrawl-delay: 20", "/a": b"a"}
    with closing(Client(Manners(allow=LOCAL, spacing=0.0, patience=5.0))) as client:
        client.get(web.url("/a"))
        with pytest.raises(RateLimited, match="busy with other sources") as caught:
            client.get(web.url("/a"))
    assert timedelta(seconds=19) < (caught.value.retry_after or timedelta(0)) < timedelta(seconds=25)
