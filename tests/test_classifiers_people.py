"""Who is named, and whether it may be a child."""

import pytest

from classifiers.reading import read
from classifiers.text import Names, Text

NAMES = Names(full=("Sandbank Nursery",), ambiguous=("Sandbank",), places=("Walsall",))


def _named(raw: str, author: str = "") -> list[tuple[str, str]]:
    reading = read(Text(raw, author=author), NAMES)
    return [(raw[p.start : p.end], p.holder) for sentence in reading.sentences for p in sentence.people]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("first day for our Ava", [("Ava", "own")], id="own child"),
        pytest.param("my grandson Idris loves it", [("Idris", "own")], id="grandchild"),
        pytest.param("her daughter Zofia was there", [("Zofia", "child")], id="somebody's child"),
        pytest.param("my neighbour's lad Rowan is in Otters", [("Rowan", "child")], id="neighbour's child"),
        pytest.param("Amara (4) won the raffle", [("Amara", "child")], id="age"),
        pytest.param("we saw Kofi's mum", [("Kofi", "child")], id="possessive"),
        pytest.param("we saw kofis mum", [("kofis", "child")], id="careless possessive"),
        pytest.param("Mrs Beddoe was kind", [("Beddoe", "adult")], id="title"),
        pytest.param("We met Karen Holt, headteacher", [("Karen Holt", "adult")], id="office"),
        pytest.param("our dog Max ran off", [("Max", "creature")], id="pet"),
        pytest.param("saw Jasleen today", [("Jasleen", "person")], id="nothing said"),
        pytest.param("happy birthday to xyliana", [], id="lower case, no list"),
        pytest.param("her son Xylian was there", [("Xylian", "child")], id="no list, but framed"),
        pytest.param("OUR AVA WAS IN HOSPITAL", [("AVA", "own")], id="capitals"),
        pytest.param("the children had a lovely day", [], id="nobody"),
        pytest.param("we will meet in Hope Street", [], id="street"),
        pytest.param("Sandbank Nursery in Walsall", [], id="the school is nobody"),
        pytest.param("Ofsted came on Monday", [], id="institution and day"),
    ],
)
def test_names(raw: str, expected: list[tuple[str, str]]) -> None:
    assert _named(raw) == expected


def test_the_author_is_an_adult() -> None:
    assert _named("Yours, Gemma", author="Gemma Stott") == [("Gemma", "adult")]
