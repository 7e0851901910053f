"""What ordinary words are about."""

import re
from importlib.resources import files

import pytest

from classifiers.features import feature_names, features, fields
from classifiers.fields import ALARMS, meaning_of
from classifiers.plain import plain
from classifiers.reading import read
from classifiers.text import Names, Text

NAMES = Names(full=("Sandbank Nursery",), ambiguous=("Sandbank",), places=("Walsall",), against=("estuary",))
LINES = files("classifiers").joinpath("data/fields.txt").read_text(encoding="utf-8").splitlines()
ENTRIES = [line.split() for line in LINES if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("word", "field"),
    [
        pytest.param("asbestos", "hazard", id="as it stands"),
        pytest.param("bruises", "injury", id="plural"),
        pytest.param("daisies", "plant", id="plural in ies"),
        pytest.param("slapped", "hit", id="doubled letter"),
        pytest.param("prowling", "stranger", id="ing"),
        pytest.param("raging", "anger", id="lost e"),
        pytest.param("cryin", "distress", id="dialect"),
        pytest.param("stolen", "steal", id="odd form"),
    ],
)
def test_a_word_must_be_understood_in_whatever_form(word: str, field: str) -> None:
    meaning = meaning_of(word)
    assert meaning is not None
    assert field in meaning.fields


@pytest.mark.parametrize("word", ["", "s", "ing", "xqzzy", "the", "thes"])
def test_a_word_that_is_not_known_must_mean_nothing(word: str) -> None:
    assert meaning_of(word) is None


def test_every_line_must_have_a_plain_word_an_alarm_and_fields_that_are_explained() -> None:
    explained = {found[1] for line in LINES if (found := re.match(r"# - ([a-z-]+)(?::|$)", line))}
    for entry in ENTRIES:
        word, alarm, *own = entry
        assert plain(word) == word, entry
        assert int(alarm) in (0, *ALARMS), entry
        assert 1 <= len(own) <= 3, entry
        assert set(own) <= explained, entry
    assert {field for _, _, *own in ENTRIES for field in own} == explained


def test_words_must_stand_once_and_in_order() -> None:
    words = [word for word, *_ in ENTRIES]
    assert words == sorted(set(words))


def test_fields_must_tell_what_is_said_of_whom_in_what_order_and_by_whom() -> None:
    said = fields(read(Text("The thief stole my wallet", bio="Teacher at Sandbank Nursery"), NAMES))
    assert {"steal", "villain>steal", "staff:steal"} <= set(said)
    assert "steal>villain" not in said


def test_fields_must_not_pair_words_of_two_sentences() -> None:
    said = fields(read(Text("We saw a thief. My wallet is red."), NAMES))
    assert not any(pair.startswith("villain>") for pair in said)


def test_alarm_must_be_counted_in_the_figures() -> None:
    def figures(text: str) -> dict[str, float]:
        return dict(zip(feature_names(), features(read(Text(text), NAMES)), strict=True))

    grave, calm = figures("asbestos and a nonce"), figures("tulips and a cake")
    assert grave["alarm:most"] == 3
    assert calm["alarm:most"] == 0
    assert grave["alarm:3"] > calm["alarm:3"] == 0
