"""A review page with cases on it, for tests: the real application over a real store, asked without a network."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from filed_posts import claim, filed, tell
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from watched_school import write_config

from classifiers.judgement import Evidence
from watcher.assembly import Parts, assembled
from watcher.config import load
from watcher.review.doors import open_accounts
from watcher.review.server import application
from watcher.store.records import Filed, Poll, Saved

BASE = "https://watcher.school.example"
PASSWORD = "three odd words together"
SAID = (
    "Huge thanks to Miss Birch at Hollybush Nursery, little Wilfred in Butterflies had another "
    "seizure at lunch and she stayed with him until I came. He starts at the hospital on Monday."
)


@dataclass(slots=True)
class Clock:
    """Time that passes only when told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Page:
    """A running application and the people who may use it."""

    parts: Parts
    clock: Clock
    app: ASGIApp
    factors: dict[str, str] = field(default_factory=dict)

    def browser(self) -> TestClient:
        """Return a browser that keeps its cookies and follows nothing by itself."""
        return TestClient(self.app, base_url=BASE, follow_redirects=False)

    def add(self, role: str, email: str = "") -> str:
        """Let somebody with a role join; return their e-mail address."""
        email = email or f"{role}@school.example"
        accounts = open_accounts(self.parts)
        invited = accounts.invited(accounts.invite(role.title(), email, role, "test"))
        assert invited is not None
        self.factors[email] = accounts.factor(invited)
        accounts.join(invited, PASSWORD, self.code(email))
        self.clock.now += timedelta(seconds=90)  # a code works once
        return email

    def code(self, email: str) -> str:
        """Return the code that somebody's app shows now."""
        return pyotp.TOTP(self.factors[email]).at(self.clock.now)

    def signed_in(self, role: str) -> TestClient:
        """Return the browser of somebody with a role, signed in."""
        email = f"{role}@school.example"
        if email not in self.factors:
            self.add(role)
        browser = self.browser()
        answer = self.sign_in(browser, email, PASSWORD, self.code(email))
        assert answer.status_code == 303, answer.text
        self.clock.now += timedelta(seconds=90)
        return browser

    def sign_in(self, browser: TestClient, email: str, password: str, code: str, wanted: str = "") -> Response:
        """Fill in the form and send it."""
        fields = {
            "token": token_of(browser.get("/sign-in").text),
            "email": email,
            "password": password,
            "code": code,
        }
        return browser.post("/sign-in", data=fields | {"next": wanted}, headers={"Origin": BASE})

    def save(self, *posts: Filed, source: str = "feed 0") -> Saved:
        """Let a poll of a source bring posts."""
        store, now = self.parts.store, self.clock.now
        leased = claim(store, self.parts.federation_id, now, source)
        return store.save_poll(leased, Poll(posts, "c", len(posts), len(posts), now), tell, now)


def token_of(html: str) -> str:
    """Return the token of a page's first form."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', html)
    assert found, html
    return found[1]


def send(browser: TestClient, page: str, path: str, **fields: str) -> Response:
    """Send a form that stands on a page."""
    data = fields | {"token": token_of(browser.get(page).text)}
    return browser.post(path, data=data, headers={"Origin": BASE, "Sec-Fetch-Site": "same-origin"})


@contextmanager
def review_page(
    folder: Path,
    now: datetime,
    more: str = "",
    environment: Mapping[str, str] | None = None,
    feed: str = "https://forum.example/feed",
) -> Iterator[Page]:
    """Open an application without cases and people, with one source, "feed 0"."""
    path = write_config(folder, feed, smtp_ports=(9,), more=more)
    text = path.read_text(encoding="utf-8").replace("[review]", f'[review]\nbase_url = "{BASE}"', 1)
    path.write_text(text, encoding="utf-8")
    clock = Clock(now)
    with assembled(load(path, environment or {}), clock) as parts:
        yield Page(parts, clock, application(parts, list))


def a_post(post_id: str = "1", text: str = SAID, **changes: Any) -> Filed:
    """Return a post that names a child, with its evidence."""
    start = text.find("Wilfred")
    evidence = (Evidence("text", start, start + 7, "child-name", "safeguarding"),) if start >= 0 else ()
    because = ("names a child (\u201cWilfred\u201d)", "speaks of a child\u2019s health (\u201cseizure\u201d)")
    values = {"because": because, "evidence": evidence, "author": "proud_dad", "title": "Thank you"}
    return filed(post_id, text, **(values | changes))
