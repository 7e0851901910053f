"""The weekly digest: what it says of a busy, a quiet and a blind week."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filed_posts import claim, filed
from review_page import Page, review_page

from watcher.digest import praise, preview_digest, themes
from watcher.housekeeping import forget
from watcher.matching import names_of
from watcher.messages import Message
from watcher.store.records import Forgotten

CALM = {"safeguarding": 0, "decision": "quiet"}


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now) as opened:
        yield opened


def digest(page: Page) -> Message:
    parts = page.parts
    return preview_digest(parts.config, parts.store, parts.federation_id, parts.now() + timedelta(minutes=1))


def test_a_busy_week_must_tell_what_was_praised_and_what_grumbled_about(page: Page) -> None:
    page.save(
        filed("1", "What a wonderful spring fair at Hollybush Nursery, thank you Mrs Birch from my daughter Ottilie", tone="positive", **CALM),
        filed("2", "The car park at Hollybush Nursery is chaos again", tone="negative", **CALM),
        filed("3", "Nobody answers the phone and the car park is full", tone="negative", **CALM),
        filed("4", "Little Wilfred had a lovely day at Hollybush", tone="positive", safeguarding=1, decision="digest"),
    )  # fmt: skip
    written = digest(page)
    for part in (written.text, written.html):
        assert "wonderful spring fair" in part
        assert "Ottilie" not in part
        assert "Birch" not in part
        assert "Parking and the gate (2)" in part
        assert "Wilfred" not in part
        assert "Tuesday" in part
    assert "4 mentions" in written.subject


def test_what_could_not_be_judged_must_be_told_first_and_by_language(page: Page) -> None:
    page.save(
        filed("1", "words in Greek", judged=False, language="el", **CALM),
        filed("2", "more words in Greek", judged=False, language="el", **CALM),
        filed("3", "words in no known language", judged=False, language="xx", **CALM),
    )
    written = digest(page)
    first = written.text.split("CASES")[0]
    assert "! Not judged because of their language: 2 in Greek, 1 in another language." in first
    assert "<strong>2 in Greek</strong>" in written.html.split("<h2>Cases")[0]


def test_what_was_deleted_must_be_told_with_how_long_it_was_kept(page: Page) -> None:
    page.save(filed("1", tone="neutral", **CALM), filed("2", "another quiet one", tone="neutral", **CALM))
    page.clock.now += timedelta(days=15)
    forget(page.parts)
    assert "2 texts without a concern, after 14 days" in digest(page).text
    assert "<li>2 texts without a concern, after 14 days</li>" in digest(page).html
    page.clock.now += timedelta(days=8)
    assert "Nothing was old enough." in digest(page).text


def test_one_school_must_not_forget_for_another(page: Page) -> None:
    page.save(filed("1", tone="neutral", **CALM))
    page.clock.now += timedelta(days=15)
    none = timedelta(0)
    gone = page.parts.store.purge(
        page.parts.federation_id + 1, page.clock.now, quiet=none, digest=none, dismissed=none
    )
    assert gone == Forgotten()


def test_a_quiet_week_must_say_so(page: Page) -> None:
    page.save()
    written = digest(page)
    assert written.subject == "Weekly digest: no mentions, no open cases"
    assert "The one source could be read" in written.text
    assert "Worth sharing" not in written.html


def test_a_blind_week_must_open_with_it(page: Page) -> None:
    leased = claim(page.parts.store, page.parts.federation_id, page.clock.now, "feed 0")
    page.parts.store.fail_poll(leased, "Unreachable", "no answer", page.clock.now, page.clock.now)
    written = digest(page)
    assert "cannot be reached since Tue 24 Nov 2026, 09:00" in written.text.split("CASES")[0]
    assert written.subject == "Weekly digest: 1 of 1 source could not be read, no mentions, no open cases"
    assert "Nothing could be seen" in written.html


def test_open_cases_must_come_by_urgency(page: Page) -> None:
    page.save(
        filed("1", "the car park is shut they say", decision="digest", safeguarding=1),
        filed("2", "the cook is a thief they say", safeguarding=0, defamation=2),
        filed("3"),
        filed("4", "another cook is a thief too", safeguarding=0, defamation=2),
    )
    written = digest(page).text
    assert re.findall(r"HN-2026-000(\d): possible", written) == ["3", "4", "2", "1"]


def test_kind_words_must_not_be_shared_with_a_concern_or_with_names_nobody_can_tell(page: Page) -> None:
    page.save(filed("4", "Little Wilfred had a lovely day at Hollybush with us", tone="positive", safeguarding=1))
    page.save(filed("5", "شكرا يا هدى على كل شيء لأولادنا، Hollybush", tone="positive"))
    now = page.parts.now()
    said = page.parts.store.mentions_between(page.parts.federation_id, now - timedelta(days=7), now)
    assert praise(said, names_of(page.parts.config.federation)) == ()
    assert themes(said) == ()
