"""Reasons must say each thing once, in the words of the post, and of the right person."""

from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from classifiers.evidence import evidence_of
from classifiers.lexicons import word_set
from classifiers.reading import read
from classifiers.reasons import reasons
from classifiers.text import Names, Text

NAMES = Names(full=("Hollybush Nursery",))
#: Words of other languages that mean the same in English.
SHARED = frozenset(("creche", "hospital", "super"))


def told(text: str, bio: str = "", **grades: int) -> list[str]:
    reading = read(Text(text, bio=bio), NAMES)
    graded = {"safeguarding": 0, "defamation": 0, "conduct": 0} | grades
    return list(reasons(reading, evidence_of(reading), graded, "us"))


def test_harm_must_be_told_once() -> None:
    found = told("the back door open at Hollybush Nursery, he was shut in the store", safeguarding=2, defamation=2)
    assert sum("harm, neglect or danger" in reason for reason in found) == 1


def test_a_quote_inside_another_must_be_left_out() -> None:
    (harm,) = (one for one in told("he was shut in the store in the dark", safeguarding=2) if "harm" in one)
    assert "\u201cshut in\u201d" not in harm


def test_a_job_in_the_text_must_not_make_the_author_staff() -> None:
    assert not any("author" in one for one in told("the caretaker texts the girls", safeguarding=2))


def test_a_job_in_the_profile_must_make_the_author_staff() -> None:
    found = told("a hard day", bio="Nursery nurse at Hollybush Nursery", conduct=1)
    assert any("author seems to be staff" in one for one in found)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.name) for path in files("classifiers").joinpath("data/lexicons").iterdir()],
)
def test_words_of_other_languages_must_mean_nothing_else_in_english(path: Traversable) -> None:
    _, _, foreign = path.read_text(encoding="utf-8").partition("# in Polish")
    lines = [line.rstrip("*") for line in foreign.splitlines() if line and not line.startswith("#")]
    assert {line for line in lines if line in word_set("common")} <= SHARED
