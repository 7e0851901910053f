"""Who gets in, and where to: every address as nobody and as every role."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from review_page import BASE, Page, a_post, review_page, send, token_of
from starlette.datastructures import Headers

from watcher.review.doors import DOORS
from watcher.review.guard import HEADERS, comes_from_us
from watcher.review.roles import RIGHTS, ROLES, may

OPEN_TO_ALL = {
    "/style.css", "/mark.svg", "/sign-in", "/sign-in/elsewhere", "/sign-in/return", "/sign-out", "/join/{invitation}",
    "/feed/{secret}",
}  # fmt: skip
LEADS = {
    "reference": "HN-2026-0001", "week": "2026-W48", "invitation": "none", "mark": "0" * 32, "secret": "none",
}  # fmt: skip


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now) as opened:
        opened.save(a_post())
        yield opened


def the_case(page: Page) -> str:
    return page.parts.store.cases(page.parts.federation_id)[0].reference


def address(page: Page, path: str) -> str:
    return path.format(**(LEADS | {"reference": the_case(page)}))


def test_only_signing_in_must_be_open_to_all() -> None:
    assert {door.path for door in DOORS if not door.right} == OPEN_TO_ALL


def test_nobody_must_get_in_without_signing_in(page: Page) -> None:
    browser = page.browser()
    for door in DOORS:
        if door.right:
            answer = browser.request(door.method, address(page, door.path), headers={"Origin": BASE})
            assert answer.status_code == 303, door.path
            assert answer.headers["location"].startswith("/sign-in"), door.path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_must_get_where_its_rights_lead_and_no_further(page: Page, role: str) -> None:
    browser = page.signed_in(role)
    token = token_of(browser.get("/sources" if may(role, "sources") else "/digests").text)
    for door in DOORS:
        if not door.right or door.path == "/":
            continue
        answer = browser.request(
            door.method, address(page, door.path), data={"token": token}, headers={"Origin": BASE}
        )
        forbidden = answer.status_code in (403, 404)
        assert forbidden or may(role, door.right), (role, door.path)
        if not may(role, door.right):
            assert answer.status_code == 403, (role, door.path)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"head", "deputy", "dsl"}))
def test_a_case_must_not_show_to_other_roles(page: Page, role: str) -> None:
    browser = page.signed_in(role)
    for door in DOORS:
        if door.method == "GET":
            answer = browser.get(address(page, door.path))
            assert the_case(page) not in answer.text, door.path
            assert "Wilfred" not in answer.text, door.path


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        pytest.param("", {"Origin": BASE}, id="no token"),
        pytest.param("0" * 64, {"Origin": BASE}, id="wrong token"),
        pytest.param("right", {}, id="no origin"),
        pytest.param("right", {"Origin": "https://evil.example"}, id="another origin"),
        pytest.param("right", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, id="hidden origin"),
        pytest.param("right", {"Origin": BASE, "Sec-Fetch-Site": "same-site"}, id="a neighbour"),
    ],
)
def test_no_change_must_come_from_elsewhere(page: Page, token: str, headers: dict[str, str]) -> None:
    browser = page.signed_in("head")
    right = token_of(browser.get("/cases").text)
    data = {"token": right if token == "right" else token}
    for door in DOORS:
        if door.method == "POST":
            answer = browser.post(address(page, door.path), data=data, headers=headers)
            assert answer.status_code == 403, door.path
    assert page.parts.store.cases(page.parts.federation_id)[0].acknowledged_at is None


def test_asking_must_change_nothing(page: Page) -> None:
    browser = page.signed_in("head")
    before = [row.id for row in page.parts.store.audit_page(page.parts.federation_id, 100)]
    for door in DOORS:
        if door.method == "GET":
            browser.get(address(page, door.path))
    assert [row.id for row in page.parts.store.audit_page(page.parts.federation_id, 100)] == before


def test_every_answer_must_carry_the_headers(page: Page) -> None:
    browser = page.browser()
    for path in ("/sign-in", "/style.css", "/cases", "/nothing-here", "/healthz"):
        answer = browser.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Strict-Transport-Security"]


def test_a_session_must_be_kept_where_nobody_else_can_use_it(page: Page) -> None:
    browser = page.browser()
    page.add("head")
    answer = page.sign_in(
        browser, "head@school.example", "three odd words together", page.code("head@school.example")
    )
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("__Host-session=")]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))


@pytest.mark.parametrize("path", ["/nothing-here", "/sign-out", "/cases/HN-1/close"])
def test_an_address_that_is_none_must_be_told_calmly(page: Page, path: str) -> None:
    answer = page.browser().get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "127.0.0.1:0"}, 200, id="on the computer itself"),
        pytest.param({}, 404, id="by the address that people use"),
        pytest.param({"Host": "127.0.0.1:0", "X-Forwarded-For": "198.51.100.7"}, 404, id="through a proxy"),
        pytest.param({"Host": "localhost:0", "Via": "1.1 proxy"}, 404, id="through another"),
    ],
)
def test_figures_must_be_told_only_to_who_asks_directly(page: Page, headers: dict[str, str], status: int) -> None:
    answer = page.browser().get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("watcher_cases" in answer.text) is (status == 200)
    health = page.browser().get("/healthz", headers=headers)
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert ("blind_sources" in health.json()) is (status == 200)


def test_another_host_name_must_be_refused(page: Page) -> None:
    assert page.browser().get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_a_form_must_be_small(page: Page) -> None:
    assert page.browser().post("/sign-in", content=b"a=" + b"x" * 70_000).status_code == 413
    assert page.browser().post("/sign-in", content=b"a;" * 30_000).status_code in (403, 413)
    assert page.browser().post("/sign-in", content=b"&".join([b"a=1"] * 60)).status_code == 413


def test_a_session_must_end_by_itself_and_when_told(page: Page) -> None:
    browser = page.signed_in("head")
    assert browser.get("/cases").status_code == 200
    page.clock.now += timedelta(minutes=31)
    assert browser.get("/cases").status_code == 303
    browser = page.signed_in("head")
    for _ in range(30):
        page.clock.now += timedelta(minutes=25)
        last = browser.get("/cases").status_code
    assert last == 303
    browser = page.signed_in("head")
    send(browser, "/cases", "/sign-out")
    assert browser.get("/cases").status_code == 303


def test_removing_somebody_must_end_their_sessions(page: Page) -> None:
    browser = page.signed_in("head")
    page.parts.store.remove_person(page.parts.federation_id, "head@school.example", page.clock.now, "test")
    assert browser.get("/cases").status_code == 303


@pytest.mark.parametrize(
    ("origin", "site", "ours"),
    [
        (BASE, "", True),
        (BASE, "same-origin", True),
        ("null", "same-origin", True),
        ("", "same-origin", True),
        ("", "", False),
        ("null", "", False),
        (BASE, "cross-site", False),
        ("https://evil.example", "same-origin", False),
        ("", "none", False),
    ],
)
def test_a_form_of_ours_must_be_known(origin: str, site: str, ours: bool) -> None:
    sent = {name: value for name, value in (("origin", origin), ("sec-fetch-site", site)) if value}
    assert comes_from_us(Headers(sent), {BASE}) is ours


def test_every_role_must_have_a_first_page(page: Page) -> None:
    assert set(RIGHTS) == set(ROLES)
    for role in ROLES:
        browser = page.signed_in(role)
        assert browser.get(browser.get("/").headers["location"]).status_code == 200
