"""What becomes of a post after people were told: edited, reposted, reprinted, gone."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from filed_posts import claim, filed, tell
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from watched_school import write_config

from watcher.assembly import Parts, assembled
from watcher.cases import fingerprint, shingles
from watcher.config import load
from watcher.contacts import Contact
from watcher.housekeeping import report_changed, report_gone
from watcher.store.records import Filed, Poll
from watcher.store.schema import cases, deliveries, mentions

DAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SOURCES = ("feed 0", "feed 1", "feed 2", "feed 3", "feed 4")


@dataclass(slots=True)
class School:
    """A running service with five sources and a clock that a test moves."""

    parts: Parts
    clock: list[datetime]

    def save(self, *posts: Filed, source: str = "feed 0") -> None:
        """Let a poll bring posts, and do what follows from it."""
        store, now = self.parts.store, self.clock[0]
        leased = claim(store, self.parts.federation_id, now, source)
        store.save_poll(leased, Poll(posts, "c", len(posts), len(posts), now), tell, now)
        for one in (report_gone, report_changed):
            one(self.parts)
        self.clock[0] += timedelta(minutes=6)  # past the leases of the sources that were not polled

    def kinds(self) -> list[str]:
        """Return the kinds of the messages queued so far, in order."""
        with self.parts.store.reading() as connection:
            return list(connection.scalars(select(deliveries.c.kind).order_by(deliveries.c.id)))

    @property
    def reference(self) -> str:
        """The one case's."""
        (case,) = self.parts.store.cases(self.parts.federation_id)
        return case.reference


@contextmanager
def a_school(folder: Path) -> Iterator[School]:
    clock = [DAY]
    path = write_config(folder, *("http://127.0.0.1:9/",) * 5, smtp_ports=(9,))
    with assembled(load(path, {}), lambda: clock[0]) as parts:
        yield School(parts, clock)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with a_school(tmp_path) as opened:
        yield opened


def reads(post: Filed, text: str, **changes: Any) -> Filed:
    """Return a post with other words."""
    said: dict[str, Any] = {
        "content_hash": hashlib.sha256(text.encode()).hexdigest(),
        "fingerprint": fingerprint("", text),
    }
    return replace(post, text=text, shingles=shingles(text), **said, **changes)


def test_an_edit_must_be_told_once_until_somebody_looks(school: School) -> None:
    post = filed("1")
    school.save(post)
    for words in ("one more", "two more", "three more"):
        school.save(reads(post, f"{post.text} {words}"))
    assert school.kinds() == ["alert", "changed"]
    school.parts.store.read_case(school.parts.federation_id, school.reference, "head", school.clock[0])
    school.save(reads(post, f"{post.text} and a fourth"))
    school.save(reads(post, f"{post.text} and a fifth"))
    assert school.kinds() == ["alert", "changed", "changed"]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda post: reads(post, post.text.upper() + "!!"), id="the same words, otherwise written"),
        pytest.param(lambda post: replace(post, bio="mum of two", content_hash="b" * 64), id="the author's words"),
    ],
)
def test_what_changes_no_word_must_not_be_told(school: School, edit: Callable[[Filed], Filed]) -> None:
    post = filed("1")
    school.save(post)
    school.save(edit(post))
    assert school.kinds() == ["alert"]


def test_a_graver_edit_must_be_told_as_such_alone(school: School) -> None:
    post = filed("1")
    school.save(post)
    school.save(reads(post, f"{post.text} and the cook steals", defamation=2))
    assert school.kinds() == ["alert", "raised"]


def test_an_edit_that_takes_everything_back_must_be_told(school: School) -> None:
    post = filed("1")
    school.save(post)
    school.save(reads(post, "sorry, all wrong", safeguarding=0, decision="quiet"))
    assert school.kinds() == ["alert", "changed"]


def test_a_case_for_the_digest_must_not_be_told_of_at_all(school: School) -> None:
    post = filed("1", safeguarding=1, decision="digest")
    school.save(post)
    school.save(reads(post, f"{post.text} and more"))
    assert school.kinds() == []


def test_an_edit_that_accuses_the_head_must_not_be_told_to_the_head_any_more(school: School) -> None:
    post = filed("1")
    contacts = (Contact("head", (), "head"), Contact("chair", (), "chair"))
    alerts = school.parts.config.alerts
    chair = replace(alerts.channels[0], name="chair")
    config = replace(
        school.parts.config, alerts=replace(alerts, channels=(*alerts.channels, chair), contacts=contacts)
    )
    school.save(post)
    with school.parts.store.writing() as connection:
        connection.execute(update(cases).values(concerns_head=True, names_head=True, change="new"))
    report_changed(replace(school.parts, config=config))
    assert school.kinds() == ["alert"]


def test_what_is_gone_must_be_told_once_to_whoever_was_told(school: School) -> None:
    school.save(filed("1"), filed("2", "quite another matter"))
    with school.parts.store.writing() as connection:
        connection.execute(update(mentions).where(mentions.c.post_id == "1").values(gone_at=DAY))
    report_gone(school.parts)
    report_gone(school.parts)
    due = school.parts.store.claim_deliveries(
        school.parts.federation_id, "head", school.clock[0], timedelta(minutes=1), 10
    )
    (message,) = [one for one in due if one.kind == "gone"]
    rendered = school.parts.renderer.render(message)
    assert rendered.subject == "Gone from its page (ref HN-2026-0001)"
    assert "take the evidence first" in rendered.text


def test_a_change_must_render(school: School) -> None:
    post = filed("1")
    school.save(post)
    school.save(reads(post, f"{post.text} and more"))
    due = school.parts.store.claim_deliveries(
        school.parts.federation_id, "head", school.clock[0], timedelta(minutes=1), 10
    )
    (message,) = [one for one in due if one.kind == "changed"]
    assert school.parts.renderer.render(message).subject == "The post was changed (ref HN-2026-0001)"


WORDS = st.lists(
    st.sampled_from("sorry update everyone please read again today nursery gate rain cook".split()),
    min_size=14,
    max_size=20,
).map(" ".join)
EDITS = st.lists(st.tuples(st.booleans(), WORDS), min_size=10, max_size=10)  #: written anew, or added to
STORY = (
    "well the day began with rain and my neighbour says that they left the small ones at the gate for an hour "
    "before anybody came to let them in, and nobody has said a word about it since"
)


@settings(max_examples=3, deadline=None, phases=(Phase.generate,))
@given(
    edits=EDITS,
    first_seen=st.lists(st.integers(0, 10), min_size=4, max_size=4),
    reposts=st.lists(st.integers(0, 10), min_size=100, max_size=100),
)
def test_one_matter_must_ring_once_however_often_it_is_edited_and_repeated(
    edits: list[tuple[bool, str]], first_seen: list[int], reposts: list[int]
) -> None:
    """Five sources, ten edits, a hundred reposts of any version: one case, one alert, at most one changed note."""
    versions = [STORY]
    for anew, words in edits:
        versions.append(words if anew else f"{versions[-1]} {words}")
    url = "https://paper.example/story/7"
    with TemporaryDirectory() as folder, a_school(Path(folder)) as school:
        for number, text in enumerate(versions):
            school.save(reads(filed("story", url=url), text))
            for source, begins in zip(SOURCES[1:], first_seen, strict=True):
                if begins <= number:
                    school.save(reads(filed("story", url=url), text), source=source)
        posts = [reads(filed(f"repost {n}", author=f"a{n}"), versions[at]) for n, at in enumerate(reposts)]
        for at in range(5):
            school.save(*posts[20 * at : 20 * at + 20], source=SOURCES[at])
        assert school.reference == "HN-2026-0001"
        assert school.kinds().count("alert") == 1
        assert school.kinds().count("changed") <= 1
        assert set(school.kinds()) <= {"alert", "changed"}
