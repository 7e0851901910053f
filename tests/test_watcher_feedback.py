"""Learning from verdicts, and going back."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from classifiers.passport import step_aside, step_back
from classifiers.promotion import Comparison
from classifiers.text import Names
from watcher.feedback import learned
from watcher.store import Store
from watcher.store.records import CaseRow, MentionRow

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CASE = CaseRow(1, "SV-1", "closed", "useful", "alert", 2, 0, 0, 1, NOW, NOW, None, None, NOW)
MENTION = MentionRow(
    7, 1, "paper", "https://news.example/7", "news", "", "Kim", "", "Ava is ill", NOW, NOW, 1, (),
    "alert", "us", 2, 0, 0, "negative", (), (),
)  # fmt: skip


class _Shelf:
    """A store with one case and one mention."""

    def __init__(self, case: CaseRow, mention: MentionRow) -> None:
        self._case, self._mention = case, mention

    def cases(self, federation_id: int) -> list[CaseRow]:
        return [self._case]

    def mentions_of(self, case_id: int) -> list[MentionRow]:
        return [self._mention]


def _learned(case: CaseRow, mention: MentionRow = MENTION) -> list[tuple[str, int, int, int, str]]:
    store = cast(Store, _Shelf(case, mention))
    found = learned(store, 1, Names())
    return [(one.about, one.safeguarding, one.defamation, one.conduct, one.tone) for one in found]


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        pytest.param("useful", ("us", 2, 0, 0, "negative"), id="useful: as it was judged"),
        pytest.param("not-a-concern", ("us", 0, 0, 0, "negative"), id="no concern"),
        pytest.param("fair-criticism", ("us", 0, 1, 0, "negative"), id="criticism"),
        pytest.param("not-us", ("other", 0, 0, 0, "neutral"), id="namesake"),
    ],
)
def test_a_verdict_must_become_an_example(verdict: str, expected: tuple[str, int, int, int, str]) -> None:
    assert _learned(replace(CASE, verdict=verdict)) == [expected]


@pytest.mark.parametrize("verdict", ["duplicate", "test", None])
def test_other_verdicts_teach_nothing(verdict: str | None) -> None:
    assert _learned(replace(CASE, verdict=verdict)) == []


def test_open_cases_and_forgotten_texts_teach_nothing() -> None:
    assert _learned(replace(CASE, state="open")) == []
    assert _learned(CASE, replace(MENTION, text="")) == []


def test_a_loss_of_safeguarding_recall_must_not_be_promoted() -> None:
    assert Comparison(0.8, 0.8, 0.9, 0.7).may_promote
    assert not Comparison(0.8, 0.79, 0.7, 0.9).may_promote


def test_the_model_before_must_come_back(tmp_path: Path) -> None:
    path = tmp_path / "own.skops"
    for content in ("first", "second"):
        step_aside(path)
        path.write_text(content)
        path.with_suffix(".json").write_text(content)
    assert step_back(path)
    assert path.read_text() == path.with_suffix(".json").read_text() == "first"
    assert step_back(path)
    assert not path.exists()
    assert not step_back(path)
