"""The page in a real browser: a case from alert to close, on a phone and a desk, with scripts off and on."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import review_page
import uvicorn
from needs import missing, program
from review_page import PASSWORD, Page, a_post

HEAD = "head@school.example"
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
    port = _free_port()
    monkeypatch.setattr(review_page, "BASE", f"http://127.0.0.1:{port}")
    with review_page.review_page(tmp_path, now) as page:
        page.save(a_post(), a_post("2", platform="news"))
        server = uvicorn.Server(
            uvicorn.Config(page.app, host="127.0.0.1", port=port, log_config=None, access_log=False)  # type: ignore[arg-type]
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_must_bar_anybody(served: Page, chromium: Any, scheme: str) -> None:
    """axe-core finds no violation on any page."""
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    from watcher.review.doors import open_accounts

    axe = axe_module.Axe()
    for role in ("head", "dpo", "technician"):
        served.add(role)
    invitation = open_accounts(served.parts).invite("Dee", "dsl@school.example", "dsl", "test")
    reference = served.parts.store.cases(served.parts.federation_id)[0].reference
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)
    page, found = context.new_page(), {}

    def look(path: str) -> None:
        if path:
            page.goto(review_page.BASE + path)
        report = axe.run(
            page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
        )
        if report.violations_count:
            found[path or page.url] = [
                (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in report.response["violations"]
            ]

    look("/sign-in")
    look(f"/join/{invitation}")
    for role, paths in (
        (
            "head",
            (
                "/cases",
                "/cases?state=closed",
                f"/cases/{reference}",
                "/digests",
                "/sources",
                "/held",
                "/cases/none",
            ),
        ),
        ("dpo", ("/audit",)),
        ("technician", ("/sources", "/cases")),
    ):
        page.goto(f"{review_page.BASE}/sign-in")
        sign_in(page, served, f"{role}@school.example")
        for path in paths:
            look(path)
        if role == "head":
            page.goto(f"{review_page.BASE}/cases/{reference}")
            page.get_by_role("button", name="Show the text").click()
            look("")
        page.get_by_role("button", name="Sign out").click()
    context.close()
    assert found == {}


def sign_in(page: Any, served: Page, email: str) -> None:
    from datetime import timedelta

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
