"""Allowances: counted in the cursor, checked before each call, remembered although a poll fails."""

from datetime import UTC, datetime, timedelta

import pytest

from sources.errors import RateLimited, Unreachable
from sources.meters import Meter
from sources.seen import Seen
from sources.youtube import next_day

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def meter(most: float = 2, period: str = "2026-11-24") -> Meter:
    return Meter("calls of the day", most, period, NOW + timedelta(hours=3))


def test_what_was_spent_must_be_kept_in_the_cursor() -> None:
    first = meter()
    first.spent += 1
    seen = Seen.read(first.noted(Seen()).write())
    assert (meter().opened(seen).spent, meter().opened(seen).left) == (1, 1)


def test_a_new_period_must_begin_with_nothing_spent() -> None:
    seen = meter()
    seen.spent = 2
    assert meter(period="2026-11-25").opened(seen.noted(Seen())).spent == 0


@pytest.mark.parametrize("kept", [{}, {"meter": 5}, {"meter": {"period": "2026-11-24", "spent": "many"}}])
def test_an_odd_cursor_must_count_as_nothing_spent(kept: dict[str, object]) -> None:
    assert meter().opened(Seen(extra=dict(kept))).spent == 0


def test_a_call_that_could_cost_more_than_is_left_must_not_be_made() -> None:
    counting = meter()
    counting.check(2, NOW)
    with pytest.raises(RateLimited, match="calls of the day are used up: 0 of 2") as caught:
        counting.check(2.5, NOW)
    assert caught.value.retry_after == timedelta(hours=3)


def test_a_failed_poll_must_remember_what_it_spent() -> None:
    def poll() -> None:
        counting = meter()
        with counting.remembered(Seen({"1": "x"})):
            counting.spent += 1
            raise Unreachable("down")

    with pytest.raises(Unreachable) as caught:
        poll()
    assert caught.value.cursor is not None
    kept = Seen.read(caught.value.cursor)
    assert (kept.hashes, meter().opened(kept).spent) == ({"1": "x"}, 1)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        pytest.param(NOW, datetime(2026, 11, 25, 8, tzinfo=UTC), id="winter"),
        pytest.param(datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 7, 2, 7, tzinfo=UTC), id="summer"),
        pytest.param(datetime(2026, 7, 1, 5, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC), id="before its midnight"),
    ],
)  # fmt: skip
def test_googles_day_must_end_at_midnight_where_google_is(now: datetime, ends: datetime) -> None:
    assert next_day(now) == ends
