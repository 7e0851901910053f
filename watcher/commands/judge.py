"""`watcher judge`: records in, judgements out, nothing stored."""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, read_config

if TYPE_CHECKING:
    from classifiers.judgement import Judge, Judgement
    from classifiers.text import Names, Text

BATCH = 256


def judge(config: ConfigOption = CONFIG) -> None:
    """Judge JSON Lines from standard input for the configured school; one judgement per line, nothing stored.

    Example: watcher judge --config config.toml < posts.jsonl
    """
    from watcher.matching import names_of
    from watcher.models import judge_of

    settings = read_config(config)
    judging = judge_of(settings)
    faults: list[str] = []
    rows = _read(sys.stdin.buffer, faults)
    for answer in _answers(rows, judging, names_of(settings.federation)):
        sys.stdout.write(answer + "\n")
    sys.stdout.flush()
    if faults:
        raise Stop(*faults)


def _read(lines: Iterable[bytes], faults: list[str]) -> Iterator[tuple[Any, "Text"]]:
    """Yield id and text of each good record; a bad line is noted and the rest goes on."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(f"standard input, line {number}: expected a JSON object; {error}")
            continue
        try:
            yield _record(record)
        except ValueError as error:
            faults.append(f"standard input, line {number}: {error}")


def _record(record: Any) -> tuple[Any, "Text"]:
    from classifiers.text import Text

    if not isinstance(record, dict):
        raise ValueError(f'expected an object like {{"id": "a-1", "text": "..."}}; got {str(record)[:60]!r}')
    fields = {name: record.get(name) or "" for name in ("text", "title", "author", "bio", "platform")}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise ValueError(f"{name}: expected a text; got {str(value)[:60]!r}")
    if not fields["text"] and not fields["title"]:
        raise ValueError("text: expected the words of a post; got nothing")
    return record.get("id"), Text(**fields)


def _answers(rows: Iterator[tuple[Any, "Text"]], judging: "Judge", names: "Names") -> Iterator[str]:
    while batch := list(islice(rows, BATCH)):
        judgements = judging.judge([text for _, text in batch], [names] * len(batch))
        for (record_id, _), judgement in zip(batch, judgements, strict=True):
            yield json.dumps({"id": record_id} | _answer(judgement), ensure_ascii=False)


def _answer(judgement: "Judgement") -> dict[str, Any]:
    from watcher.decision import decide

    decision = decide(judgement)
    return {
        "about": judgement.about,
        "safeguarding": judgement.safeguarding,
        "defamation": judgement.defamation,
        "conduct": judgement.conduct,
        "tone": judgement.tone,
        "alert": decision.alert,
        "digest": decision.digest,
        "scores": {name: round(score, 4) for name, score in judgement.scores.items()},
        "because": list(judgement.because),
    }
