"""For whom a judge works: recall of alerts by origin of names, manner of writing, language and disguise."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classifiers.folding import fold, undisguise
from classifiers.language import tell_language
from classifiers.people import manner_of
from classifiers.plain import plain
from classifiers.reading import people_in
from classifiers.records import Example

_DIALECT = re.compile(
    r"\b(?:ay|yow|bab|wench|cor|ar|bairns?|bairn|nee|wor|owt|nowt|summat|t'|mam|mams|gan|nowt|thass|hent|dinnae|wee|aye|"
    r"la|youse|innit|mardy|ginnel|gurt|me duck|lass|lasses|mi)\b"
)


@dataclass(frozen=True, slots=True)
class Group:
    """How a judge does on one kind of post."""

    name: str
    posts: int
    alerts: int  #: posts that deserve an alert
    recall: float  #: nan where there is none
    false_share: float  #: of the harmless ones, how many are told; nan where there is none


def by_group(examples: Sequence[Example], told: Sequence[bool]) -> list[Group]:
    """Return the figures of every group that occurs, in alphabetical order."""
    members: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        for group in groups_of(example):
            members.setdefault(group, []).append(index)
    return [_group(name, [(examples[i].alert, told[i]) for i in rows]) for name, rows in sorted(members.items())]


def groups_of(example: Example) -> Iterator[str]:
    """Yield the groups a post belongs to."""
    raw = example.text.text
    manner = manner_of(raw)
    yield "case: capitals" if manner.shouting else "case: lower" if manner.careless else "case: mixed"
    yield f"language: {tell_language(raw)}"
    folded = fold(raw)
    yield "spelling: disguised" if undisguise(folded) is not folded else "spelling: plain"
    if _DIALECT.search(plain(raw)):
        yield "dialect: yes"
    named = {
        plain(raw[start:end]).split()[0] for start, end in people_in(raw, example.names) if plain(raw[start:end])
    }
    yield from sorted({f"names: {origin}" for name in named for origin in _origins().get(name, ("on no list",))})


def _group(name: str, rows: Sequence[tuple[bool, bool]]) -> Group:
    grave = [told for right, told in rows if right]
    harmless = [told for right, told in rows if not right]
    return Group(name, len(rows), len(grave), _share(grave), _share(harmless))


def _share(told: Sequence[bool]) -> float:
    return sum(told) / len(told) if told else float("nan")


@cache
def _origins() -> dict[str, tuple[str, ...]]:
    """Return for each given name the headings under which it is listed."""
    content = files("classifiers").joinpath("data/words/given-names.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    heading = ""
    for line in content.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").split(",")[0]
            continue
        for word in line.split():
            name = plain(word)
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), heading)))
    return found
