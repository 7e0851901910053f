"""Labelled posts: the record format of the rulebook, read and checked.

The training posts stand in data/posts/*.jsonl, the school each file speaks of in data/schools/<same name>.toml.
"""

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from classifiers.plain import plain
from classifiers.text import Names, Text

KEYS = (
    "id",
    "platform",
    "title",
    "author",
    "bio",
    "text",
    "about",
    "safeguarding",
    "defamation",
    "conduct",
    "tone",
    "why",
)
PLATFORMS = frozenset(
    (
        "facebook",
        "x",
        "mastodon",
        "bluesky",
        "reddit",
        "forum",
        "blog",
        "news",
        "youtube",
        "review",
        "wiki",
        "other",
    )
)
_GRADED = ("safeguarding", "defamation", "conduct")
NEAR = 0.6  #: share of four-word groups from which on two posts are one


class RecordError(ValueError):
    """A record cannot be used; the message names file, line and what would be right."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its right answers."""

    id: str
    batch: str  #: the file it comes from: one writer, one school
    text: Text
    names: Names
    about: str
    safeguarding: int
    defamation: int
    conduct: int
    tone: str

    @property
    def alert(self) -> bool:
        """Whether the rulebook asks for an alert."""
        return self.about != "other" and max(self.safeguarding, self.defamation, self.conduct) == 2

    @property
    def digest(self) -> bool:
        """Whether the rulebook asks for a line in the digest."""
        slight = 1 in (self.safeguarding, self.defamation, self.conduct)
        return self.about != "other" and (slight or self.tone == "negative")


def training_examples() -> list[Example]:
    """Read every training post of the package, in a fixed order. Raises RecordError."""
    folder = files("classifiers").joinpath("data/posts")
    found: list[Example] = []
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".jsonl"):
            batch = path.name.removesuffix(".jsonl")
            found += read_examples(path, batch, school_names(batch))
    return found


def read_examples(path: Traversable, batch: str, names: Names) -> list[Example]:
    """Read one file of records. Raises RecordError for the first that is malformed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        example_of(_parsed(line, f"{path.name} line {number}"), batch, names, f"{path.name} line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _parsed(line: str, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise RecordError(f"{place}: expected a JSON object; {error}") from error
    if not isinstance(record, dict):
        raise RecordError(f"{place}: expected a JSON object; got {line[:40]!r}")
    return record


def example_of(record: Mapping[str, Any], batch: str, names: Names, place: str) -> Example:
    """Check a record and make an example of it. Raises RecordError."""
    for problem in problems(record):
        raise RecordError(f"{place}, {problem}")
    text = Text(record["text"], record["title"], record["author"], record["bio"], record["platform"])
    return Example(
        id=record["id"],
        batch=batch,
        text=text,
        names=names,
        about=record["about"],
        safeguarding=record["safeguarding"],
        defamation=record["defamation"],
        conduct=record["conduct"],
        tone=record["tone"],
    )


def problems(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a record."""
    missing = [key for key in KEYS if key not in record]
    if missing:
        yield f"{missing[0]}: expected the keys {', '.join(KEYS)}; got {', '.join(record)}"
        return
    allowed: dict[str, Any] = {
        "platform": PLATFORMS,
        "about": ("us", "other", "unclear"),
        "tone": ("positive", "neutral", "negative"),
        **dict.fromkeys(_GRADED, (0, 1, 2)),
    }
    for key, values in allowed.items():
        if record[key] not in values or isinstance(record[key], bool):
            yield f"{key}: expected one of {', '.join(map(str, sorted(values)))}; got {record[key]!r}"
    if not str(record["text"]).strip():
        yield "text: expected some words; got none"
    if record["about"] == "other" and (any(record[key] for key in _GRADED) or record["tone"] != "neutral"):
        yield "about: 'other' goes with grades 0 and tone neutral"


def school_names(batch: str) -> Names:
    """Return the words of the school that a file of training posts speaks of."""
    path = files("classifiers").joinpath(f"data/schools/{batch}.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))["federation"]
    schools = table.get("school", [])
    return Names(
        full=(
            table["name"],
            *table["aliases"],
            *(name for school in schools for name in (school["name"], *school.get("aliases", ()))),
        ),
        ambiguous=tuple(name for school in schools for name in school.get("ambiguous", ())),
        places=tuple(table.get("places", ())),
        against=tuple(table.get("not", ())),
    )


def near_duplicates(examples: list[Example]) -> list[tuple[str, str]]:
    """Return pairs of ids whose texts are nearly the same."""
    holders: dict[str, list[int]] = defaultdict(list)
    groups = [_groups(example.text.text) for example in examples]
    pairs = []
    for index, own in enumerate(groups):
        shared: dict[int, int] = defaultdict(int)
        for group in own:
            for other in holders[group]:
                shared[other] += 1
            holders[group].append(index)
        pairs += [
            (examples[other].id, examples[index].id)
            for other, count in shared.items()
            if count >= 2 and count / min(len(own), len(groups[other])) > NEAR
        ]
    return pairs


def _groups(text: str) -> set[str]:
    words = plain(text).split()
    return {" ".join(words[at : at + 4]) for at in range(max(1, len(words) - 3))}
