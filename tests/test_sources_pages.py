"""Paging: what is new is read to where the known begins, and a burst that is too long for one poll loses nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from sources.errors import Malformed
from sources.pages import FIRST_PAGES, MOST_PAGES, Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen

START = datetime(2026, 11, 1, tzinfo=UTC)


def post(number: int) -> Post:
    return Post(str(number), "", f"text {number}", published=START + timedelta(hours=number))


class Timeline:
    """Numbered posts, two on a page; a page's `next` is the number of its oldest post."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.asked: list[str] = []

    def __call__(self, after: str) -> Page:
        self.asked.append(after)
        top = int(after) - 1 if after else self.newest
        numbers = [number for number in (top, top - 1) if number > 0]
        return Page(tuple(map(post, numbers)), str(numbers[-1]) if numbers else "")


def poll(seen: Seen, **timelines: Ask) -> tuple[list[int], Seen]:
    followed = follow(timelines, seen)
    return [int(one.id) for one in followed.posts], Seen.read(followed.fetched.cursor)


def test_a_first_poll_must_read_the_newest_pages_only() -> None:
    found, seen = poll(Seen(), a=Timeline(100))
    assert (len(found), found[-1], seen.extra["ends"]) == (2 * FIRST_PAGES, 100, {"a": ""})


def test_later_polls_must_stop_where_the_known_begins() -> None:
    timeline = Timeline(10)
    _, seen = poll(Seen(), a=timeline)
    timeline.newest, timeline.asked = 13, []
    assert poll(seen, a=timeline)[0] == [11, 12, 13]
    assert len(timeline.asked) == 3


def test_a_burst_must_be_caught_up_with_over_several_polls() -> None:
    timeline = Timeline(10)
    found, seen = poll(Seen(), a=timeline)
    timeline.newest = 10 + 5 * MOST_PAGES
    for _ in range(4):
        more, seen = poll(seen, a=timeline)
        found += more
        timeline.newest += 1
    assert set(found) >= set(range(5, 10 + 5 * MOST_PAGES + 1))
    assert len(found) == len(set(found))


def test_a_place_that_is_no_longer_known_must_not_blind_the_source() -> None:
    def forgetful(after: str) -> Page:
        if after == "lost":
            raise Malformed("no such page")
        return Page((post(3),))

    assert poll(Seen(extra={"ends": {"a": "lost"}}), a=forgetful)[0] == [3]


def test_a_reach_must_read_known_pages_again() -> None:
    timeline = Timeline(20)
    _, seen = poll(Seen(), a=timeline)
    timeline.asked = []
    follow({"a": timeline}, seen, reach=START + timedelta(hours=12))
    assert len(timeline.asked) > FIRST_PAGES


def test_two_timelines_must_bring_a_shared_post_once() -> None:
    assert poll(Seen(), a=Timeline(4), b=Timeline(5))[0] == [1, 2, 3, 4, 5]


def test_a_page_of_things_that_are_no_posts_must_not_end_the_way() -> None:
    pages = {"": Page((), "2", shown=20), "2": Page((post(1),))}
    seen = Seen(extra={"ends": {"a": ""}})
    assert poll(seen, a=pages.__getitem__)[0] == [1]


@pytest.mark.parametrize("hours", [1, 15, 39])
def test_looking_back_must_bring_everything_since_then(hours: int) -> None:
    found = reach_back({"a": Timeline(40)}, START + timedelta(hours=hours))
    assert [int(one.id) for one in found] == list(range(hours, 41))
