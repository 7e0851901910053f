"""The weekly test: only a person's word proves that a channel reaches anybody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from review_page import BASE, Page, review_page, send
from sqlalchemy import select

from watcher.housekeeping import send_digest
from watcher.proofs import WeeklyTest, find, mark
from watcher.store.records import Delivery
from watcher.store.schema import deliveries
from watcher.troubles import report_unproven

MONDAY = datetime.fromisoformat("2026-11-30T07:31:00+00:00")
CHANNELS = """
[[alerts.channel]]
name = "chair"
url = "mailto://127.0.0.1:9/?from=watcher@school.example&to=chair@school.example"
digest = false
"""


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now, more=CHANNELS) as opened:
        opened.add("head")
        opened.clock.now = MONDAY
        yield opened


def claimed(page: Page, channel: str) -> Delivery:
    """Return the one message that is due on a channel."""
    (delivery,) = page.parts.store.claim_deliveries(
        page.parts.federation_id, channel, page.clock.now, timedelta(minutes=1), 10
    )
    return delivery


def link_in(page: Page, channel: str) -> str:
    """Return the path of the link by which a channel's message asks to be acknowledged."""
    message = page.parts.renderer.render(claimed(page, channel))
    (line,) = [line for line in message.text.splitlines() if line.startswith("It has reached me: ")]
    address = line.removeprefix("It has reached me: ")
    assert f'href="{address}"' in message.html
    return address.removeprefix(BASE)


def troubles(page: Page) -> list[str]:
    query = select(deliveries.c.channel).where(deliveries.c.kind == "health").order_by(deliveries.c.id)
    with page.parts.store.reading() as connection:
        return list(connection.scalars(query))


def test_every_channel_must_be_asked_in_its_digest_or_in_a_test(page: Page) -> None:
    send_digest(page.parts)
    assert claimed(page, "head").kind == "digest"
    message = page.parts.renderer.render(claimed(page, "chair"))
    assert message.subject == "Test message from the watcher to chair"
    assert "Please say that this has reached you" in message.text


def test_the_link_must_ask_for_sign_in_and_do_nothing_by_itself(page: Page) -> None:
    send_digest(page.parts)
    path = link_in(page, "head")
    assert page.browser().get(path).headers["location"] == f"/sign-in?next={path}"
    browser = page.signed_in("head")
    assert "Weekly test of “head”" in browser.get(path).text
    assert page.parts.store.last_proofs(page.parts.federation_id) == {}


def test_one_press_must_prove_the_channel(page: Page) -> None:
    send_digest(page.parts)
    path, browser = link_in(page, "head"), page.signed_in("head")
    assert "It is noted" in send(browser, path, path).text
    assert list(page.parts.store.last_proofs(page.parts.federation_id)) == ["head"]
    assert page.parts.store.unproven(page.parts.federation_id, "2026-W49") == ["chair"]
    assert "head: somebody said that a message came Mon 30 Nov 2026" in browser.get("/sources").text


def test_a_made_up_link_must_lead_nowhere(page: Page) -> None:
    send_digest(page.parts)
    assert page.signed_in("head").get("/proof/" + "0" * 32).status_code == 404


def test_silence_must_be_told_to_somebody_else_the_morning_after(page: Page) -> None:
    send_digest(page.parts)
    page.parts.store.prove(page.parts.federation_id, "chair", "2026-W49", "chair@school.example", page.clock.now)
    report_unproven(page.parts)
    assert troubles(page) == []
    page.clock.now += timedelta(days=1)
    report_unproven(page.parts)
    report_unproven(page.parts)
    assert troubles(page) == ["chair"]
    page.parts.store.claim_deliveries(page.parts.federation_id, "chair", MONDAY, timedelta(minutes=1), 1)
    message = page.parts.renderer.render(claimed(page, "chair"))
    assert message.subject == "Watcher: 1 channel not proven"
    assert "this week's test to head has reached them. It has never been proven." in message.text


def test_the_next_digest_must_say_since_when_a_channel_is_not_proven(page: Page) -> None:
    send_digest(page.parts)
    for channel in ("head", "chair"):
        page.parts.store.prove(page.parts.federation_id, channel, "2026-W49", "head@school.example", MONDAY)
    for _ in range(2):
        page.clock.now += timedelta(days=7)
        send_digest(page.parts)
    newest = page.parts.store.digests(page.parts.federation_id)[0]
    assert "! head has not been proven since 30 November" in newest.text
    assert "<strong>chair</strong> has not been proven since 30 November" in newest.html


def test_where_nobody_could_answer_nobody_must_be_asked(tmp_path: Path, now: datetime) -> None:
    with review_page(tmp_path, now, more=CHANNELS) as page:
        page.clock.now = MONDAY
        send_digest(page.parts)
        message = page.parts.renderer.render(claimed(page, "head"))
        page.clock.now += timedelta(days=1)
        report_unproven(page.parts)
        assert "reached me" not in message.text + message.html
        assert troubles(page) == []


def test_a_link_must_stand_for_one_test_of_one_federation() -> None:
    tests = [
        WeeklyTest(federation, channel, week)
        for federation in (1, 2)
        for channel in ("head", "chair")
        for week in ("2026-W48", "2026-W49")
    ]
    assert len({mark("key", test) for test in tests}) == 8
    assert [find("key", mark("key", test), tests) for test in tests] == tests
    assert find("key", mark("another key", tests[0]), tests) is None
