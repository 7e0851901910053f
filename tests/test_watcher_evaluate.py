"""`watcher evaluate` over a few labelled posts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.fairness import by_group, groups_of
from classifiers.records import example_of
from classifiers.text import Names
from watcher.commands.main import app

ROWS = [
    ("a-1", "Our Ava had a seizure at Sandbank Nursery School, social services were rung", 2),
    ("a-2", "ZOFIA IN BUTTERFLIES AT SANDBANK NURSERY SCHOOL BITES AND HER MUM IS IN PRISON", 2),
    ("a-3", "parking at sandbank nursery school again", 0),
    ("a-4", "Lovely cake stall at Sandbank Nursery School", 0),
]
CONFIG = """
[federation]
name = "Sandbank Nursery Schools Federation"
[[federation.school]]
name = "Sandbank Nursery School"
[[source]]
kind = "feed"
name = "paper"
url = "https://news.example/feed"
[[alerts.channel]]
name = "head"
url = "mailto://127.0.0.1:2525/?from=a@school.example&to=b@school.example"
concerns = ["safeguarding"]
"""


def _record(identity: str, text: str, grade: int) -> dict[str, object]:
    fields = {"platform": "facebook", "title": "", "author": "", "bio": "", "about": "us", "why": ""}
    return {
        **fields,
        "id": identity,
        "text": text,
        "safeguarding": grade,
        "defamation": 0,
        "conduct": 0,
        "tone": "neutral",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    lines = [json.dumps(_record(*row)) for row in ROWS]
    (tmp_path / "labelled.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_figures_must_stand_beside_simpler_judges_and_on_a_page(folder: Path) -> None:
    page = folder / "page.html"
    arguments = [
        "evaluate",
        str(folder / "labelled.jsonl"),
        "--config",
        str(folder / "config.toml"),
        "--page",
        str(page),
    ]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    for word in (
        "careful",
        "balanced",
        "quiet",
        "keyword list",
        "dummy",
        "language: en",
        "case: capitals",
        "Brier",
    ):
        assert word in result.stdout
    written = page.read_text(encoding="utf-8")
    assert "<polyline" in written
    assert "For whom it works" in written


def test_groups_must_be_told_apart() -> None:
    examples = [example_of(_record(*row), "", Names(full=("Sandbank Nursery School",)), row[0]) for row in ROWS]
    assert {"case: capitals", "names: Polish and Czech"} <= set(groups_of(examples[1]))
    assert "case: lower" in set(groups_of(examples[2]))
    figures = {group.name: group for group in by_group(examples, [True, False, True, False])}
    assert figures["case: capitals"].recall == 0
    assert figures["case: lower"].false_share == 1
