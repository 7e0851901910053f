"""Posts from a file."""

import json
from pathlib import Path

import pytest

from sources.errors import Malformed, Unreachable
from sources.replay import KIND
from sources.source import Source, Tools


def _source(path: Path, tools: Tools) -> Source:
    return KIND.build({"path": path}, tools)


def test_added_and_changed_lines_must_be_brought_oldest_first(tmp_path: Path, tools: Tools) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n')
    first = _source(path, tools).fetch(None)
    path.write_text('{"id": "a", "text": "one!"}\n{"id": "b", "text": "two"}\n\n{"text": "three"}\n')
    second = _source(path, tools).fetch(first.cursor)
    assert [post.text for post in first.posts] == ["one", "two"]
    assert sorted(post.text for post in second.posts) == ["one!", "three"]


@pytest.mark.parametrize("line", ["[1]", "{", '{"text": 5}', "words"])
def test_a_bad_line_must_be_named(line: str, tmp_path: Path, tools: Tools) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"text": "fine"}) + "\n" + line)
    with pytest.raises(Malformed, match=r"posts.jsonl line 2: expected a JSON object"):
        _source(path, tools).fetch(None)


def test_a_missing_file_must_be_tried_again(tmp_path: Path, tools: Tools) -> None:
    with pytest.raises(Unreachable):
        _source(tmp_path / "none.jsonl", tools).fetch(None)


@pytest.mark.parametrize(
    ("case", "texts"), [("normal", ["Zoë’s first line", "a line without an id"]), ("empty", [])]
)
def test_golden_files_must_become_posts(case: str, texts: list[str], tools: Tools) -> None:
    path = Path(__file__).parent / "data" / "replay" / f"{case}.jsonl"
    assert [post.text for post in _source(path, tools).fetch(None).posts] == texts


def test_a_malformed_golden_file_must_be_refused(tools: Tools) -> None:
    with pytest.raises(Malformed, match=r"malformed\.jsonl line 1"):
        _source(Path(__file__).parent / "data" / "replay" / "malformed.jsonl", tools).fetch(None)
