"""How well a source sees, in words."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from watcher.health import sight
from watcher.store.records import SourceRow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
ROW = SourceRow(
    id=1, name="mail", kind="imap", address="", every_seconds=600, due_at=NOW, last_success_at=NOW, last_new_at=None,
    seen=3, item_count=3, failures=0, failing_since=None, error_kind=None, error=None, reported_blind_at=None,
    remark="", partial=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "state", "sees", "words"),
    [
        (ROW, "sees", True, "3 items shown"),
        (replace(ROW, remark="1 mail of a stranger"), "sees", True, "3 items shown; 1 mail of a stranger"),
        (replace(ROW, remark="2 not proven", partial=True), "partly", False, "3 items shown; 2 not proven"),
        (replace(ROW, last_success_at=None), "waiting", True, "not asked yet"),
        (replace(ROW, seen=0), "empty", False, "shows nothing any more"),
        (
            replace(ROW, failing_since=NOW, failures=1, error_kind="Refused", error="no"),
            "blind",
            False,
            "(1 try): no",
        ),
    ],
    ids=["sees", "remark", "partly", "waiting", "empty", "blind"],
)
def test_a_source_must_be_described_as_it_is(row: SourceRow, state: str, sees: bool, words: str) -> None:
    seen = sight(row, LONDON)
    assert (seen.state, seen.sees) == (state, sees)
    assert words in seen.words
