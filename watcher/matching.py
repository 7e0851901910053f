"""Is a post about us, and which words say so?

One automaton holds the names of every federation. A sure name (full name, alias, hashtag, handle) is a mention.
An ambiguous one needs company: a place or a word of school life. The namesakes' words speak against an ambiguous
name, but never veto a sure one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import ahocorasick

from classifiers.plain import plain
from classifiers.text import Names
from watcher.config import Federation

SHORTEST_GLUED = 10  #: a name written as one word counts without # or @ from this length on


@dataclass(frozen=True, slots=True)
class Match:
    """A post concerns a federation."""

    federation: int  #: its index among the names the matcher was built from
    sure: bool  #: by a sure name, or by an ambiguous one in company
    words: tuple[str, ...]  #: the names, places and school words that decided, in plain form


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a word of the automaton says to one federation."""

    federation: int
    role: str  #: full, ambiguous, places, against


class Matcher:
    """Finds the federations a post concerns. Thread-safe."""

    def __init__(self, federations: Sequence[Names]) -> None:
        entries: dict[str, list[_Entry]] = defaultdict(list)
        for index, names in enumerate(federations):
            for role in ("full", "ambiguous", "places", "against"):
                for name in getattr(names, role):
                    for form in _forms(name, role):
                        entries[form].append(_Entry(index, role))
        self._automaton = ahocorasick.Automaton()
        for form, meaning in entries.items():
            self._automaton.add_word(f" {form} ", (form, tuple(meaning)))
        self._automaton.make_automaton()
        self._empty = not entries

    def match(self, *fields: str) -> list[Match]:
        """Return the federations that the fields of one post concern, by index."""
        if self._empty:
            return []
        said = f" {plain(' '.join(fields))} "
        found: dict[int, dict[str, list[str]]] = {}
        for _, (form, meaning) in self._automaton.iter(said):
            for entry in meaning:
                found.setdefault(entry.federation, {}).setdefault(entry.role, []).append(form)
        matches = (_decide(index, roles, said) for index, roles in found.items())
        return [match for match in matches if match]


def names_of(federation: Federation) -> Names:
    """Return the configured words of a federation by what each says."""
    return Names(
        full=tuple(
            dict.fromkeys(
                (
                    *federation.names,
                    *federation.aliases,
                    *(a for school in federation.schools for a in school.aliases),
                )
            )
        ),
        ambiguous=tuple(dict.fromkeys(name for school in federation.schools for name in school.ambiguous)),
        places=federation.places,
        against=federation.against,
    )


def _decide(federation: int, roles: dict[str, list[Any]], said: str) -> Match | None:
    sure = roles.get("full", [])
    if sure:
        return Match(federation, True, _ordered(sure + roles.get("places", [])))
    ambiguous = roles.get("ambiguous", [])
    if not ambiguous:
        return None
    company = roles.get("places", []) + _school_words(said, ambiguous)
    if len(company) > len(roles.get("against", [])):
        return Match(federation, False, _ordered(ambiguous + company))
    return None


def _school_words(said: str, ambiguous: Iterable[str]) -> list[str]:
    """Return the words of school life in a text, beside those that belong to the short name itself."""
    rest = said
    for form in set(ambiguous):
        rest = rest.replace(f" {form} ", "  ")
    return list(dict.fromkeys(word for _, word in _school_life().iter(rest)))


@cache
def _school_life() -> Any:
    content = files("watcher").joinpath("data/school-words.txt").read_text(encoding="utf-8")
    automaton = ahocorasick.Automaton()
    for line in content.splitlines():
        if line and not line.startswith("#"):
            automaton.add_word(f" {plain(line)} ", plain(line))
    automaton.make_automaton()
    return automaton


def _forms(name: str, role: str) -> set[str]:
    """Return the plain forms under which a name is found: as words, and glued as hashtag, handle or address."""
    form = plain(name)
    if not form:
        return set()
    forms = {form}
    if role == "full":
        glued = form.replace(" ", "").lstrip("#@")
        forms |= {f"#{glued}", f"@{glued}"}
        if len(glued) >= SHORTEST_GLUED:
            forms.add(glued)
    if role == "ambiguous":
        forms.add("#" + form.replace(" ", ""))
    return forms


def _ordered(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
