"""The feed of references for a reader: what it carries, who gets it, and how it ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from filed_posts import filed
from review_page import BASE, Page, a_post, review_page, send
from sqlalchemy import update
from starlette.testclient import TestClient

from watcher.store.schema import cases

WORDS_OF_THE_POST = (
    "Wilfred",
    "Birch",
    "seizure",
    "proud_dad",
    "Thank you",
    "feed 0",
    "Hollybush",
    "forum.example",
)


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now) as opened:
        opened.save(a_post())
        opened.clock.now += timedelta(hours=1)
        opened.save(filed("9", "The cook of the nursery steals from the till", safeguarding=0, defamation=2))
        yield opened


def made(browser: TestClient) -> str:
    """Make a feed; return its path."""
    shown = send(browser, "/account", "/account/feed").text
    return "/feed/" + shown.partition(f"{BASE}/feed/")[2].partition("<")[0]


def read(page: Page, path: str) -> Any:
    """Ask as a reader does, without any cookie."""
    answer = page.browser().get(path)
    assert answer.status_code == 200
    found = feedparser.parse(answer.content)
    assert not found.bozo
    assert found.version == "atom10"
    return found


def actions(page: Page) -> list[str]:
    return [row.action for row in page.parts.store.audit_page(page.parts.federation_id, 3)]


def test_a_reader_must_see_references_concerns_and_places_and_nothing_else(page: Page) -> None:
    path = made(page.signed_in("head"))
    found = read(page, path)
    first, second = (case.reference for case in reversed(page.parts.store.cases(page.parts.federation_id)))
    assert [entry.title for entry in found.entries] == [
        f"Possible safeguarding concern on a public forum (ref {first})",
        f"Possible unfair or false statement on a public forum (ref {second})",
    ]
    assert [entry.link for entry in found.entries] == [f"{BASE}/cases/{first}", f"{BASE}/cases/{second}"]
    assert found.entries[0].updated_parsed[:4] == (2026, 11, 24, 9)
    said = page.browser().get(path).text
    assert [word for word in WORDS_OF_THE_POST if word.lower() in said.lower()] == []
    assert path not in said, "a copy of the feed must not give its address away"


def test_a_feed_must_follow_its_cases(page: Page) -> None:
    head = page.signed_in("head")
    path, (second, first) = made(head), page.parts.store.cases(page.parts.federation_id)
    send(head, f"/cases/{first.reference}", f"/cases/{first.reference}/close", verdict="useful")
    send(head, f"/cases/{second.reference}", f"/cases/{second.reference}/acknowledge")
    (entry,) = read(page, path).entries
    assert entry.summary.startswith("Seen by a colleague.")
    send(head, f"/cases/{second.reference}", f"/cases/{second.reference}/close", verdict="test")
    assert read(page, path).entries == []


def test_a_secret_must_be_kept_as_a_hash_and_a_new_one_end_the_old(page: Page) -> None:
    head = page.signed_in("head")
    old = made(head)
    assert old.removeprefix("/feed/") not in head.get("/account").text
    new = made(head)
    assert page.browser().get(old).status_code == 404
    read(page, new)
    (person,) = page.parts.store.people(page.parts.federation_id)
    assert person.feed is not None
    assert person.feed not in new
    assert page.browser().get(f"/feed/{person.feed}").status_code == 404
    assert actions(page)[:2] == ["feed", "feed"]


@pytest.mark.parametrize("ending", ["button", "removal", "new invitation"])
def test_a_feed_must_end(page: Page, ending: str) -> None:
    head = page.signed_in("head")
    path, store, fid = made(head), page.parts.store, page.parts.federation_id
    if ending == "button":
        send(head, "/account", "/account/feed/end")
        assert actions(page)[0] == "feed-end"
        assert "Make a feed" in head.get("/account").text
    elif ending == "removal":
        store.remove_person(fid, "head@school.example", page.clock.now, "test")
    else:
        page.add("head")
    assert page.browser().get(path).status_code == 404


def test_a_feed_must_show_what_its_owner_may_see(page: Page) -> None:
    heads, chairs = made(page.signed_in("head")), made(page.signed_in("chair"))
    assert (len(read(page, heads).entries), len(read(page, chairs).entries)) == (2, 0)
    with page.parts.store.writing() as connection:
        connection.execute(update(cases).where(cases.c.defamation == 2).values(concerns_head=True))
    assert "unfair" not in page.browser().get(heads).text
    assert [entry.title[:16] for entry in read(page, chairs).entries] == ["Possible unfair "]


@pytest.mark.parametrize("role", ["governor", "dpo", "technician"])
def test_a_role_without_cases_must_have_no_feed(page: Page, role: str) -> None:
    browser = page.signed_in(role)
    assert "news reader" not in browser.get("/account").text
    assert send(browser, "/account", "/account/feed").status_code == 403


def test_an_account_must_be_told_to_its_owner(page: Page) -> None:
    told = page.signed_in("technician").get("/account").text
    for words in ("technician@school.example", "Technician", "a password and a code"):
        assert words in told
