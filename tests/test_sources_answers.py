"""What an answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from sources.answers import LONGEST_REST, USUAL_REST, asked_pause, read_retry_after, spent, trouble
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PLACE = "news.example/feed"

MEANINGS: dict[int, type[SourceError] | None] = {
    **dict.fromkeys((200, 201, 202, 203, 204, 206, 226, 304)),
    **dict.fromkeys(
        (300, 301, 302, 305, 307, 308, 400, 402, 405, 406, 409, 413, 415, 418, 422, 101, 600, 999), Malformed
    ),
    **dict.fromkeys((401, 403, 404, 407, 410, 451), Refused),
    **dict.fromkeys((408, 425, 500, 501, 502, 503, 504, 505, 507, 508, 520, 522, 524, 530, 599), Unreachable),
    429: RateLimited,
}


@pytest.mark.parametrize("status", MEANINGS)
def test_a_status_must_tell_what_to_do(status: int) -> None:
    error = trouble(status, {}, PLACE, NOW)
    expected = MEANINGS[status]
    assert (type(error) if error else None) is expected
    assert error is None or str(error).startswith(f"{PLACE} answered {status}: ")


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_named_pause_must_mean_that_we_ask_too_much(status: int) -> None:
    error = trouble(status, {"retry-after": "90"}, PLACE, NOW)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("status", [401, 404, 500, 502])
def test_a_named_pause_must_not_change_other_failures(status: int) -> None:
    assert not isinstance(trouble(status, {"retry-after": "90"}, PLACE, NOW), RateLimited)


def test_a_403_must_be_a_throttle_where_one_went_before() -> None:
    error = trouble(403, {}, PLACE, NOW, was_throttled=True)
    assert isinstance(error, RateLimited)
    assert error.retry_after == USUAL_REST


@pytest.mark.parametrize("status", [403, 503])
def test_a_test_for_robots_must_be_told_from_a_throttle(status: int) -> None:
    error = trouble(status, {"cf-mitigated": "challenge"}, PLACE, NOW)
    assert isinstance(error, Refused)
    assert "a person" in str(error)


PAUSES = {
    "120": timedelta(seconds=120),
    " 7 ": timedelta(seconds=7),
    "0": timedelta(0),
    "86401": LONGEST_REST,
    "9" * 400: LONGEST_REST,
    "Tue, 24 Nov 2026 09:05:00 GMT": timedelta(minutes=5),
    "Tue, 24 Nov 2026 09:05:00 -0000": timedelta(minutes=5),
    "Tuesday, 24-Nov-26 09:05:00 GMT": timedelta(minutes=5),
    "Tue, 24 Nov 2026 10:05:00 +0100": timedelta(minutes=5),
    "Mon, 23 Nov 2026 09:05:00 GMT": timedelta(0),
    "Fri, 24 Nov 2096 09:05:00 GMT": LONGEST_REST,
    "Fri, 24 Nov 99999 09:05:00 GMT": None,
    "Fri, 99 Nov 2026 09:05:00 GMT": None,
    "-5": None,
    "1.5": None,
    "²": None,
    "١٢٠": None,
    "soon": None,
    "": None,
    "\x00": None,
}


@pytest.mark.parametrize("header", PAUSES)
def test_retry_after_must_be_read_as_seconds_or_date(header: str) -> None:
    assert read_retry_after(header, NOW) == PAUSES[header]


def test_a_missing_retry_after_must_be_no_pause() -> None:
    assert read_retry_after(None, NOW) is None


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        pytest.param({"x-rate-limit-reset": f"{NOW.timestamp() + 90:.0f}"}, 90, id="unix time"),
        pytest.param({"ratelimit-reset": f"{NOW.timestamp() - 90:.0f}"}, 0, id="past"),
        pytest.param({"x-ratelimit-reset": (NOW + timedelta(seconds=90)).isoformat()}, 90, id="date"),
        pytest.param({"x-ratelimit-reset": "41"}, 41, id="seconds to go"),
        pytest.param({"x-ratelimit-reset": "41", "retry-after": "7"}, 7, id="retry-after first"),
        pytest.param({"x-ratelimit-reset": "soon"}, None, id="words"),
        pytest.param({"x-ratelimit-reset": "nan"}, None, id="no number"),
        pytest.param({"x-ratelimit-reset": "inf"}, None, id="endless"),
    ],
)
def test_every_dialect_of_a_pause_must_be_read(headers: dict[str, str], pause: int | None) -> None:
    assert asked_pause(headers, NOW) == (None if pause is None else timedelta(seconds=pause))


@pytest.mark.parametrize(("left", "pause"), [("0", 30), ("0.0", 30), ("1", None), ("299", None), ("many", None)])
def test_a_spent_budget_must_be_noticed(left: str, pause: int | None) -> None:
    headers = {"x-ratelimit-remaining": left, "x-ratelimit-reset": "30"}
    assert spent(headers, NOW) == (None if pause is None else timedelta(seconds=pause))
