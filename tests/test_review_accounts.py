"""Signing in: passwords, codes, invitations, and what guessing costs."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from review_page import BASE, PASSWORD, Page, review_page, token_of

from watcher.review.accounts import AT_ONCE, Accounts, Attempt, NotSignedIn, sealing_key
from watcher.review.doors import open_accounts
from watcher.review.throttle import KNOWN, PROVED, STRANGER, Allowance, Throttle

HEAD = "head@school.example"


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now) as opened:
        opened.add("head")
        yield opened


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        pytest.param(HEAD, "wrong", None, id="password"),
        pytest.param(HEAD, PASSWORD, "000000", id="code"),
        pytest.param(HEAD, PASSWORD, "", id="no code"),
        pytest.param("nobody@school.example", PASSWORD, None, id="person"),
        pytest.param("", "", "", id="nothing"),
    ],
)
def test_one_wrong_part_must_be_refused_alike(page: Page, email: str, password: str, code: str | None) -> None:
    answer = page.sign_in(page.browser(), email, password, page.code(HEAD) if code is None else code)
    assert answer.status_code == 401
    assert "That did not work" in answer.text
    assert "set-cookie" not in str(answer.headers).lower() or "session=" not in str(answer.headers)


def test_a_code_must_work_once(page: Page) -> None:
    code = page.code(HEAD)
    assert page.sign_in(page.browser(), HEAD, PASSWORD, code).status_code == 303
    assert page.sign_in(page.browser(), HEAD, PASSWORD, code).status_code == 401


def test_a_clock_half_a_minute_off_must_do(page: Page) -> None:
    page.clock.now += timedelta(minutes=5)
    code = page.code(HEAD)
    page.clock.now += timedelta(seconds=30)
    assert page.sign_in(page.browser(), HEAD, PASSWORD, code).status_code == 303


def test_signing_in_must_lead_to_the_wanted_page_of_ours_only(page: Page) -> None:
    for wanted, leads in (
        ("/cases/HB-1", "/cases/HB-1"),
        ("https://evil.example/", "/cases"),
        ("//evil.example/", "/cases"),
        ("/\\evil.example/", "/cases"),
    ):
        answer = page.sign_in(page.browser(), HEAD, PASSWORD, page.code(HEAD), wanted)
        assert answer.headers["location"] == leads
        page.clock.now += timedelta(seconds=90)


def test_a_stranger_must_get_twenty_guesses_an_hour_and_not_lock_the_head_out(page: Page) -> None:
    known = page.browser()
    assert page.sign_in(known, HEAD, PASSWORD, page.code(HEAD)).status_code == 303
    known.cookies.delete("__Host-session")
    stranger, checked = page.browser(), 0
    for _ in range(360):
        page.clock.now += timedelta(seconds=10)
        checked += page.sign_in(stranger, HEAD, "guess", "000000").status_code == 401
    assert checked <= 20
    assert page.sign_in(known, HEAD, PASSWORD, page.code(HEAD)).status_code == 303
    page.clock.now += timedelta(seconds=60)
    assert page.sign_in(page.browser(), HEAD, PASSWORD, page.code(HEAD)).status_code == 303


@pytest.mark.parametrize("waits", [0, 60], ids=["while it lasts", "a minute after it"])
def test_an_attack_from_many_computers_must_not_keep_the_head_out_of_a_new_browser(page: Page, waits: int) -> None:
    accounts = open_accounts(page.parts)
    assert guesses_looked_at(page, accounts, timedelta(hours=1)) <= 20
    page.clock.now += timedelta(seconds=waits)
    assert said_to(accounts, PASSWORD, page.code(HEAD)) == ""


def test_guesses_must_stay_few_however_often_the_head_signs_in(page: Page) -> None:
    accounts, checked = open_accounts(page.parts), 0
    for _ in range(12):
        checked += guesses_looked_at(page, accounts, timedelta(minutes=5))
        assert said_to(accounts, PASSWORD, page.code(HEAD)) == ""
    assert checked <= 20


def test_guesses_with_the_right_code_must_count_too_and_tell_nothing(page: Page) -> None:
    accounts = open_accounts(page.parts)
    said = [said_to(accounts, "guess", page.code(HEAD), f"10.0.0.{n}") for n in range(30)]
    assert said == ["wrong"] * 4 + ["wait"] * 26
    assert said_to(accounts, PASSWORD, page.code(HEAD)) == "wait", "even three guesses with the right code end it"
    page.clock.now += PROVED.every
    assert said_to(accounts, PASSWORD, page.code(HEAD)) == ""


@pytest.mark.parametrize(
    "allowances", [(STRANGER, PROVED), (KNOWN,)], ids=["from anywhere", "from a known browser"]
)
def test_no_hour_must_see_more_than_twenty_guesses(allowances: tuple[Allowance, ...], now: datetime) -> None:
    throttle = Throttle()
    taken = [
        any(throttle.allows(str(allowance), allowance, now + timedelta(seconds=second)) for allowance in allowances)
        for second in range(3 * 3600)
    ]
    assert max(sum(taken[start : start + 3600]) for start in range(0, 2 * 3600, 60)) <= 20


def guesses_looked_at(page: Page, accounts: Accounts, lasting: timedelta) -> int:
    """Let many computers guess at the head's account every five seconds."""
    looked_at = 0
    for n in range(lasting // timedelta(seconds=5)):
        page.clock.now += timedelta(seconds=5)
        looked_at += said_to(accounts, "guess", "000000", f"10.0.{n % 50}.1") == "wrong"
    return looked_at


def said_to(accounts: Accounts, password: str, code: str, address: str = "198.51.100.7") -> str:
    """Return what somebody hears who signs in as the head from a new browser; "" where they get in."""
    try:
        accounts.sign_in(Attempt(HEAD, password, code, address, device=""))
    except NotSignedIn as refusal:
        return refusal.words
    return ""


class CountingHasher(PasswordHasher):
    """Tells how many passwords were checked at the same time."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=1024, parallelism=1)
        self.now = self.most = 0
        self.both_there = threading.Barrier(AT_ONCE)

    def verify(self, *known: str) -> bool:
        self.now += 1
        self.most = max(self.most, self.now)
        with suppress(threading.BrokenBarrierError):
            self.both_there.wait(0.5)  # so that more would come in if they were let
        self.now -= 1
        return bool(super().verify(*known))


def test_a_flood_of_strangers_must_not_fill_the_memory(page: Page) -> None:
    parts, hasher = page.parts, CountingHasher()
    key = sealing_key(parts.config, parts.store)
    accounts = Accounts(parts.store, parts.federation_id, key, page.clock, hasher)

    def guess(n: int) -> None:
        with pytest.raises(NotSignedIn):
            accounts.sign_in(Attempt(f"{n}@school.example", "guess", "000000", f"10.0.0.{n}", device=""))

    with ThreadPoolExecutor(8) as strangers:
        list(strangers.map(guess, range(8)))
    assert hasher.most == AT_ONCE


def test_a_bucket_must_fill_again(now: datetime) -> None:
    throttle = Throttle()
    assert [throttle.allows("a", STRANGER, now) for _ in range(5)] == [True] * 4 + [False]
    assert throttle.allows("a", STRANGER, now + STRANGER.every)
    assert throttle.allows("b", STRANGER, now)


def test_an_invitation_must_work_once_and_not_for_ever(page: Page) -> None:
    accounts = open_accounts(page.parts)
    invitation = accounts.invite("Dee", "dsl@school.example", "dsl", "test")
    browser = page.browser()
    first = browser.get(f"/join/{invitation}")
    assert first.status_code == 200
    assert "<svg" in first.text
    page.factors["dsl@school.example"] = accounts.factor(accounts.invited(invitation))

    def join(password: str, again: str, code: str) -> object:
        token = token_of(browser.get(f"/join/{invitation}").text)
        data = {"token": token, "password": password, "again": again, "code": code}
        return browser.post(f"/join/{invitation}", data=data, headers={"Origin": BASE})

    code = page.code("dsl@school.example")
    assert "not the same" in join(PASSWORD, "other", code).text
    assert "too short" in join("short", "short", code).text
    assert "was not right" in join(PASSWORD, PASSWORD, "1").text
    assert join(PASSWORD, PASSWORD, code).headers["location"] == "/cases"
    assert browser.get("/cases").status_code == 200
    assert page.browser().get(f"/join/{invitation}").status_code == 404
    late = accounts.invite("Late", "late@school.example", "head", "test")
    page.clock.now += timedelta(days=3, seconds=1)
    assert page.browser().get(f"/join/{late}").status_code == 404


def test_a_new_invitation_must_end_old_sessions(page: Page) -> None:
    browser = page.signed_in("head")
    open_accounts(page.parts).invite("Head", HEAD, "head", "test")
    assert browser.get("/cases").status_code == 303


def test_no_secret_must_stand_in_the_database(page: Page, tmp_path: Path) -> None:
    browser = page.signed_in("head")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("w.db*"))
    for secret in (PASSWORD, page.factors[HEAD], browser.cookies["__Host-session"]):
        assert secret.encode() not in kept


def test_a_session_brought_along_must_not_be_used(page: Page) -> None:
    browser = page.browser()
    browser.cookies.set("__Host-session", "chosen-by-somebody-else", domain="watcher.school.example")
    page.sign_in(browser, HEAD, PASSWORD, page.code(HEAD))
    assert page.parts.store.session_person is not None
    assert (
        "chosen-by-somebody-else" not in [cookie.value for cookie in browser.cookies.jar if cookie.path == "/"][-1]
    )


def test_a_configured_key_must_seal_what_another_cannot_open(page: Page) -> None:
    parts = page.parts
    configured = replace(parts.config, review=replace(parts.config.review, key="from the environment"))
    sealed, other = (
        Accounts(parts.store, parts.federation_id, sealing_key(config, parts.store), page.clock)
        for config in (configured, parts.config)
    )
    person = sealed.invited(sealed.invite("A", HEAD, "head", "test"))
    assert person is not None
    assert len(sealed.factor(person)) == 32
    with pytest.raises(NotSignedIn):
        other.factor(person)
