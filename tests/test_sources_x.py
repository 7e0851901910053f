"""X: what a month may cost is never passed, and what is gone is known."""

from datetime import UTC, datetime
from typing import Any

import pytest
from lab import made
from social_answers import json_answer
from web_server import Answer, Asked, WebServer

from sources.errors import RateLimited, SourceError, Unreachable
from sources.keys import read_table
from sources.seen import Seen
from sources.source import Held, Rechecks, Source, Tools
from sources.x import DOLLARS_PER_POST, KIND, LONGEST_QUERY, joined

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Searched:
    """A search with very many posts, which notes how many it was asked for."""

    def __init__(self, web: WebServer) -> None:
        self.wanted: list[int] = []
        self.down = False
        web.otherwise = self.answer

    @property
    def dollars(self) -> float:
        """What the posts given so far cost."""
        return sum(self.wanted) * DOLLARS_PER_POST

    def answer(self, asked: Asked) -> Answer:
        if self.down:
            return Answer(status=503)
        most = int(asked.path.partition("max_results=")[2].partition("&")[0])
        self.wanted.append(most)
        first = sum(self.wanted)
        rows = [
            {"id": str(900_000 - first - n), "text": "x", "created_at": "2026-11-24T08:00:00Z"} for n in range(most)
        ]
        return json_answer({"data": rows, "meta": {"result_count": most, "next_token": f"t{first}"}})


@pytest.fixture
def search(web: WebServer) -> Searched:
    return Searched(web)


def source(web: WebServer, tools: Tools, **more: Any) -> Source:
    table = {"token": "t", "approved": True, "dollars": 2, "url": web.url(""), "queries": ["Hollybush"]} | more
    return made("x", tools, **table)


def poll_until_refused(source: Source) -> SourceError:
    cursor = None
    for _ in range(20):
        try:
            cursor = source.fetch(cursor).cursor
        except SourceError as error:
            return error
    raise AssertionError("it never stopped")


def test_a_months_budget_must_never_be_passed(search: Searched, web: WebServer, tools: Tools) -> None:
    error = poll_until_refused(source(web, tools))
    assert isinstance(error, RateLimited)
    assert error.retry_after == datetime(2026, 12, 1, tzinfo=UTC) - NOW
    assert search.dollars <= 2


def test_a_last_page_must_be_no_larger_than_the_budget(search: Searched, web: WebServer, tools: Tools) -> None:
    poll_until_refused(source(web, tools, dollars=1))
    assert search.wanted == [100, 100]
    search.wanted.clear()
    nearly = Seen(extra={"meter": {"period": "2026-11", "spent": 0.8}}).write()
    fetched = source(web, tools, dollars=1).fetch(nearly)
    assert (search.wanted, len(fetched.posts)) == ([40], 40)


def test_a_new_month_must_begin_anew(search: Searched, web: WebServer, tools: Tools) -> None:
    spent = Seen(extra={"meter": {"period": "2026-10", "spent": 2}}).write()
    assert source(web, tools).fetch(spent).posts


def test_what_a_failed_poll_spent_must_be_remembered(search: Searched, web: WebServer, tools: Tools) -> None:
    spent = Seen(extra={"meter": {"period": "2026-11", "spent": 1.5}}).write()
    search.down = True
    with pytest.raises(Unreachable) as caught:
        source(web, tools).fetch(spent)
    assert caught.value.cursor is not None
    assert Seen.read(caught.value.cursor).extra["meter"]["spent"] == 1.5


def test_deleted_posts_must_be_known_and_looking_must_be_counted(web: WebServer, tools: Tools) -> None:
    errors = [{"resource_id": "2", "title": "Not Found Error", "type": "resource-not-found"}]
    web.otherwise = json_answer({"data": [{"id": "1", "text": "x"}], "errors": errors})
    looking = source(web, tools)
    assert isinstance(looking, Rechecks)
    checked = looking.recheck((Held("1", ""), Held("2", "")), Seen().write())
    assert checked.gone == {"2"}
    assert Seen.read(checked.cursor).extra["meter"]["spent"] == DOLLARS_PER_POST


def test_a_use_that_is_not_approved_must_be_refused() -> None:
    for stated in (False, "yes", 1):
        _, faults = read_table({"token": "t", "approved": stated, "dollars": 2}, KIND.keys)
        assert [fault.key for fault in faults] == ["approved"]


def test_searches_must_fit_into_what_x_allows() -> None:
    queries = tuple(f"Nursery School number {n} of Netherbrook" for n in range(40))
    found = joined(queries)
    assert all(len(query) <= LONGEST_QUERY for query in found)
    assert all(any(f'"{query}"' in one for one in found) for query in queries)
