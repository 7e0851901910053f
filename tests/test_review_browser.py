"""The page in a real browser: a case from alert to close, on a phone and a desk, with scripts off and on."""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import review_page
import uvicorn
from needs import missing, program
from openid_provider import SECRET, TENANT, OpenIdProvider
from review_page import PASSWORD, Page, a_post
from web_server import WebServer

from watcher.housekeeping import send_digest
from watcher.proofs import WeeklyTest, link
from watcher.review.doors import DOORS, open_accounts

HEAD = "head@school.example"
ELSEWHERE = """
[review.openid]
provider = "other"
issuer = "{issuer}"
name = "the council"
client_id = "watcher-at-school"
client_secret = "${{OPENID_SECRET}}"
"""
SCREENS = [
    pytest.param(375, False, id="phone without scripts"),
    pytest.param(375, True, id="phone"),
    pytest.param(1280, False, id="desk without scripts"),
    pytest.param(1280, True, id="desk"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright for Python", "pip: playwright")
    path = program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=["--no-sandbox", "--headless"])
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    with serving(tmp_path, now, monkeypatch) as page:
        yield page


@contextmanager
def serving(
    folder: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    more: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Page]:
    port = _free_port()
    monkeypatch.setattr(review_page, "BASE", f"http://127.0.0.1:{port}")
    with review_page.review_page(folder, now, more, environment) as page:
        page.save(a_post(), a_post("2", platform="news"))
        server = uvicorn.Server(
            uvicorn.Config(page.app, host="127.0.0.1", port=port, log_config=None, access_log=False)
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            thread.join(0.01)
        yield page
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize(("width", "scripts"), SCREENS)
def test_a_case_must_go_from_alert_to_close(served: Page, chromium: Any, width: int, scripts: bool) -> None:
    served.add("head")
    reference = served.parts.store.cases(served.parts.federation_id)[0].reference
    context = chromium.new_context(viewport={"width": width, "height": 740}, java_script_enabled=scripts)
    errors: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{review_page.BASE}/cases/{reference}")  # the link of the alert
    sign_in(page, served, HEAD)
    assert page.url.endswith(f"/cases/{reference}")
    assert "Wilfred" not in page.content()
    page.get_by_role("button", name="Show the text").click()
    assert page.locator("mark").first.inner_text() == "Wilfred"
    page.get_by_label("Write a note").fill("Rang the parent.")
    page.get_by_role("button", name="Add the note").click()
    page.get_by_label("Useful: this was right").check()
    page.get_by_role("button", name="Close the case").click()
    assert "Closed" in page.locator(".facts").inner_text()
    wide = page.evaluate("document.documentElement.scrollWidth") if scripts else width
    assert wide <= width, "nothing may stick out sideways"
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{review_page.BASE}/cases")
    assert page.get_by_role("heading", name="Sign in").count() == 1
    context.close()
    assert errors == []


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_the_head_must_get_in_with_an_account_elsewhere(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, chromium: Any, scripts: bool
) -> None:
    """Out to a provider on another site, through its page, and back to the case that an alert leads to."""
    with WebServer("127.0.0.2") as web:
        more = ELSEWHERE.format(issuer=web.url(f"/{TENANT}/v2.0"))
        with serving(tmp_path, now, monkeypatch, more, {"OPENID_SECRET": SECRET}) as served:
            person = {"sub": "1", "email": HEAD, "email_verified": True}
            return_to = f"{review_page.BASE}/sign-in/return"
            provider = OpenIdProvider(web, return_to, served.clock, person=person, asks=True)
            open_accounts(served.parts).invite("Head", HEAD, "head", "test")
            case = f"/cases/{served.parts.store.cases(served.parts.federation_id)[0].reference}"
            context = chromium.new_context(java_script_enabled=scripts)
            page = context.new_page()
            page.goto(review_page.BASE + case)
            page.get_by_role("link", name="Sign in with the council").click()
            assert page.url.startswith(web.url("/authorize?"))
            page.get_by_role("button", name="Go on as the head").click()
            page.wait_for_url(review_page.BASE + case)
            assert page.get_by_role("button", name="Show the text").count()
            page.get_by_role("button", name="Sign out").click()
            assert page.get_by_role("link", name="sign out of the council too").count() == 1
            provider.claims = {"email_verified": False, "sub": "2"}
            page.get_by_role("link", name="Sign in with the council").click()
            page.get_by_role("button", name="Go on as the head").click()
            assert "does not prove that its e-mail address is yours" in page.get_by_role("alert").inner_text()
            context.close()


AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: Every page that is asked for with GET, by who looks at it; a test below proves that none is left out.
LOOKED_AT = {
    "": ("/sign-in", "/sign-in?out=1", "/sign-in/return", "/join/{invitation}", "/nothing-here"),
    "head": ("/cases", "/cases?state=closed", "/cases/{reference}", "/digests", "/digests/{week}", "/sources", "/held",
             "/account", "/proof/{mark}", "/cases/none"),
    "dpo": ("/audit",),
    "technician": ("/sources", "/cases"),
}  # fmt: skip
#: What is no page of ours: a picture, a style, a way on, a feed, the provider's own page.
NOT_LOOKED_AT = {"/", "/style.css", "/mark.svg", "/feed/{secret}", "/sign-in/elsewhere"}


def test_every_page_must_be_looked_at() -> None:
    pages = {door.path for door in DOORS if door.method == "GET"} - NOT_LOOKED_AT
    assert pages - {path for paths in LOOKED_AT.values() for path in paths} == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_must_bar_anybody(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, chromium: Any, scheme: str
) -> None:
    """axe-core finds no violation on any page, each with something on it."""
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    axe, found = axe_module.Axe(), {}
    with (
        WebServer() as web,
        serving(
            tmp_path, now, monkeypatch, ELSEWHERE.format(issuer=web.url("/none")), {"OPENID_SECRET": SECRET}
        ) as served,
    ):
        leads = lived_in(served)
        context = chromium.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()

        def look() -> None:
            report = axe.run(page, options=AXE).response["violations"]
            if report:
                found[page.url] = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in report]

        for role, paths in LOOKED_AT.items():
            if role:
                page.goto(f"{review_page.BASE}/sign-in")
                sign_in(page, served, f"{role}@school.example")
            for path in paths:
                page.goto(review_page.BASE + path.format(**leads))
                look()
            for path, button in PRESSED.get(role, ()):
                page.goto(review_page.BASE + path.format(**leads))
                page.get_by_role("button", name=button).click()
                look()
            if role:
                page.get_by_role("button", name="Sign out").click()
        context.close()
    assert found == {}


#: Pages that come after a button.
PRESSED = {
    "": (("/sign-in", "Sign in"),),
    "head": (("/cases/{reference}", "Show the text"), ("/cases/{reference}", "Close the case"), ("/account", "Make a feed"), ("/proof/{mark}", "It has reached me")),
}  # fmt: skip


def lived_in(served: Page) -> dict[str, str]:
    """Let people join, a week go by, and its digest be written; return where the pages with names in them lead."""
    for role in ("head", "dpo", "technician"):
        served.add(role)
    served.save(a_post("3", "What a wonderful spring fair at Hollybush Nursery", tone="positive", decision="quiet"))
    served.clock.now += timedelta(days=7)
    assert send_digest(served.parts)
    (digest,) = served.parts.store.digests(served.parts.federation_id)
    return {
        "invitation": open_accounts(served.parts).invite("Dee", "dsl@school.example", "dsl", "test"),
        "reference": served.parts.store.cases(served.parts.federation_id)[0].reference,
        "week": digest.week,
        "mark": link(
            served.parts.config, served.parts.store, WeeklyTest(served.parts.federation_id, "head", digest.week)
        ).rpartition("/")[2],
    }


def sign_in(page: Any, served: Page, email: str) -> None:
    served.clock.now += timedelta(seconds=90)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label(re.compile("Code from")).fill(served.code(email))
    page.get_by_role("button", name="Sign in").click()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
