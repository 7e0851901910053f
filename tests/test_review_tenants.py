"""Two federations on one database: nobody of one reaches anything of the other, by any address or guess."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from review_page import BASE, Clock, Page, a_post, send, token_of
from sqlalchemy import select
from starlette.testclient import TestClient
from watched_school import write_config

from sources.parsing import Parsers
from watcher.assembly import put_together
from watcher.config import load
from watcher.housekeeping import send_digest
from watcher.proofs import WeeklyTest, link
from watcher.review.doors import DOORS, open_accounts
from watcher.review.roles import ROLES
from watcher.review.server import application
from watcher.store import Store, StoreError, open_store
from watcher.store.records import Filed
from watcher.store.schema import audit, cases, comments, deliveries, digests, mentions, people, sources, versions

#: Words that stand only in what belongs to the other federation.
SECRETS = ("Rowan", "ROWAN", "Ottilie", "Miss Ash", "rowan-mum", "Rang the parent of Ottilie", "-2026-0002")


@dataclass
class Other:
    """What somebody of another federation might guess, steal or count up to."""

    page: Page
    cookie: str  #: of a session of its head
    leads: dict[str, str]  #: what stands for the {names} in paths


@contextmanager
def school(store: Store, folder: Path, name: str, clock: Clock) -> Iterator[Page]:
    folder.mkdir()
    path = write_config(folder, "https://forum.example/feed", smtp_ports=(9,), store=store.url)
    text = path.read_text().replace("Hollybush", name).replace("feed 0", f"feed of {name}")
    path.write_text(text.replace("[review]", f'[review]\nbase_url = "{BASE}"', 1))
    with closing(Parsers(1)) as parsers, put_together(load(path, {}), store, parsers, clock) as parts:
        yield Page(parts, clock, application(parts, list))


def filled(page: Page, *posts: Filed) -> Other:
    """Let a school live: cases, a note, a digest, people who join, a feed."""
    parts, store = page.parts, page.parts.store
    for post in posts:
        page.save(post, source=parts.config.sources[0].name)
    page.clock.now += timedelta(days=7)
    send_digest(parts)
    head = page.signed_in("head")
    reference = store.cases(parts.federation_id)[0].reference
    send(head, f"/cases/{reference}", f"/cases/{reference}/comment", text="Rang the parent of Ottilie")
    feed = send(head, "/account", "/account/feed").text.partition(f"{BASE}/feed/")[2].partition("<")[0]
    week = store.digests(parts.federation_id)[0].week
    leads = {
        "reference": reference,
        "week": week,
        "invitation": open_accounts(parts).invite("Miss Ash", "dsl@school.example", "dsl", "test"),
        "secret": feed,
        "mark": link(parts.config, store, WeeklyTest(parts.federation_id, "head", week)).rpartition("/")[2],
    }
    return Other(page, head.cookies["__Host-session"], leads)


@pytest.fixture
def both(tmp_path: Path, now: datetime) -> Iterator[tuple[Page, Other]]:
    with schools(f"sqlite:///{tmp_path / 'both.db'}", tmp_path, now) as opened:
        yield opened


@contextmanager
def schools(store_url: str, tmp_path: Path, now: datetime) -> Iterator[tuple[Page, Other]]:
    clock = Clock(now)
    with ExitStack() as opened:
        store = opened.enter_context(open_store(store_url))
        ours = opened.enter_context(school(store, tmp_path / "ours", "Hollybush", clock))
        theirs = opened.enter_context(school(store, tmp_path / "theirs", "Rowan", clock))
        ours.save(a_post(), source="feed of Hollybush")
        said = "Miss Ash at Rowan Nursery School left little Ottilie alone by the gate"
        second = "Ottilie of Rowan Nursery School had a seizure, and nobody rang the hospital, says her aunt"
        values = {"author": "rowan-mum", "title": "Rowan Nursery School", "because": ("names Ottilie",)}
        posts = [a_post(str(n), text, **values) for n, text in enumerate((said, second))]
        yield ours, filled(theirs, *posts)


def everything_of(page: Page) -> list[object]:
    """Return every row of a federation."""
    store, fid = page.parts.store, page.parts.federation_id
    own = (cases, mentions, sources, digests, deliveries, audit, people)
    of_ours = select(mentions.c.id).where(mentions.c.federation_id == fid)
    cases_of_ours = select(cases.c.id).where(cases.c.federation_id == fid)
    queries = [select(table).where(table.c.federation_id == fid).order_by(table.c.id) for table in own]
    queries += [select(versions).where(versions.c.mention_id.in_(of_ours)).order_by(versions.c.id)]
    queries += [select(comments).where(comments.c.case_id.in_(cases_of_ours)).order_by(comments.c.id)]
    with store.reading() as connection:
        return [tuple(row) for query in queries for row in connection.execute(query)]


def walk(browser: TestClient, token: str, leads: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Ask every address with what belongs to somebody else; yield it with what was answered."""
    form = {
        "token": token, "text": "hello", "to": "head@school.example", "verdict": "useful", "source": "feed of Rowan",
        "email": "dsl@school.example", "password": "three odd words together", "again": "three odd words together",
        "code": "123456",
    }  # fmt: skip
    for door in DOORS:
        if door.path != "/sign-out":
            path = door.path.format(**leads)
            answer = browser.request(door.method, path, data=form, headers={"Origin": BASE})
            yield f"{door.method} {door.path}", answer.text + str(answer.headers)
    for query in (
        "/cases?state=all&words=RN-2026",
        "/cases?source=feed+of+Rowan",
        "/audit?before=999999",
        "/metrics",
    ):
        yield query, browser.get(query).text


def test_nobody_must_reach_anything_of_another_federation(store_url: str, tmp_path: Path, now: datetime) -> None:
    with schools(store_url, tmp_path, now) as (ours, other):
        before = everything_of(other.page)
        for role in ROLES:
            browser = ours.signed_in(role)
            token = token_of(browser.get("/account").text)
            for asked, answered in walk(browser, token, other.leads):
                said = answered.replace(other.leads["reference"], "")  # what was asked for may stand in the answer
                assert [secret for secret in SECRETS if secret in said] == [], (role, asked)
        assert everything_of(other.page) == before


def test_a_session_of_another_federation_must_be_worth_nothing(both: tuple[Page, Other]) -> None:
    ours, other = both
    browser = ours.browser()
    browser.cookies.set("__Host-session", other.cookie, domain="watcher.school.example")
    for door in DOORS:
        if door.right and door.method == "GET":
            assert browser.get(door.path.format(**other.leads)).status_code == 303, door.path


def test_equal_references_must_lead_to_ones_own_case(both: tuple[Page, Other]) -> None:
    ours, other = both
    reference = "HN-2026-0001"
    with other.page.parts.store.writing() as connection:
        connection.execute(cases.update().where(cases.c.reference == "RN-2026-0001").values(reference=reference))
    head = ours.signed_in("head")
    shown = send(head, f"/cases/{reference}", f"/cases/{reference}/text").text
    assert "Wilfred" in shown
    assert [secret for secret in SECRETS if secret in shown] == []


def test_the_weekly_test_of_another_federation_must_prove_nothing(both: tuple[Page, Other]) -> None:
    ours, other = both
    assert send_digest(ours.parts)  # of the same week, to a channel of the same name
    assert ours.signed_in("head").get(f"/proof/{other.leads['mark']}").status_code == 404


def test_guessed_ids_must_lead_nowhere(both: tuple[Page, Other]) -> None:
    ours, other = both
    store, fid = ours.parts.store, ours.parts.federation_id
    before = everything_of(other.page)
    with store.reading() as connection:
        theirs = list(
            connection.scalars(
                select(mentions.c.id).where(mentions.c.federation_id == other.page.parts.federation_id)
            )
        )
    for mention_id in theirs:
        with pytest.raises(StoreError):
            store.erase_mention(fid, mention_id, "head@school.example", ours.clock.now)
    for change in (
        lambda: store.close_case(fid, other.leads["reference"], "useful", "x", ours.clock.now),
        lambda: store.acknowledge_case(fid, other.leads["reference"], "x", ours.clock.now),
        lambda: store.remove_person(fid, "dsl@school.example", ours.clock.now, "x"),
    ):
        with pytest.raises(StoreError):
            change()
    assert everything_of(other.page) == before
