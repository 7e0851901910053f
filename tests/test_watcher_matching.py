"""Is it about us, and which words say so?"""

import pytest

from classifiers.text import Names
from watcher.matching import Matcher

NAMES = Names(
    full=("Sandbank Nursery School", "St Mary's Nursery", "SVNSF", "@sandbankvalley", "#sandbanknursery"),
    ambiguous=("Sandbank", "Valley"),
    places=("Bloxwich", "WS3"),
    against=("garden centre", "Argyll"),
)


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        pytest.param("up at SANDBANK  nursery-school today", True, id="case and signs"),
        pytest.param("Sandbank Nursery\nSchool", True, id="line break"),
        pytest.param("#SandbankNurserySchool rocks", True, id="hashtag of a full name"),
        pytest.param("thanks @SandbankValley!", True, id="handle"),
        pytest.param("see sandbanknurseryschool.example", True, id="glued name"),
        pytest.param("St. Mary\u2019s Nursery", True, id="apostrophes"),
        pytest.param("St Marys nursery", True, id="no apostrophe"),
        pytest.param("S\u200ban\u00addbank Nursery School", True, id="invisible signs"),
        pytest.param("\uff33\uff41\uff4e\uff44\uff42\uff41\uff4e\uff4b Nursery School", True, id="full width"),
        pytest.param("S\u0430ndb\u0430nk Nursery School", True, id="cyrillic look-alikes"),
        pytest.param("S\u00e0ndb\u00e4nk Nursery School", True, id="accents"),
        pytest.param(
            "Sandbank Nursery School, unlike the garden centre in Argyll", True, id="no veto of a full name"
        ),
        pytest.param("my lad loves Sandbank", False, id="short name with a school word"),
        pytest.param("Sandbank in Bloxwich", False, id="short name with a place"),
        pytest.param("#sandbank kids", False, id="short name as hashtag"),
    ],
)
def test_a_mention_must_be_found(text: str, sure: bool) -> None:
    (match,) = Matcher([NAMES]).match(text)
    assert match.sure is sure
    assert match.words


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a walk along the sandbank", id="alone"),
        pytest.param("Sandbank, Argyll, with the children", id="spoken against"),
        pytest.param("Valley garden centre has a kids club", id="garden centre"),
        pytest.param("Sandbanks Nursery Schooling", id="longer words"),
        pytest.param("the SVNSFX society", id="inside a word"),
        pytest.param("nothing at all", id="nothing"),
        pytest.param("", id="empty"),
    ],
)
def test_namesakes_must_not_be_mentions(text: str) -> None:
    assert Matcher([NAMES]).match(text) == []


def test_company_may_stand_in_another_field() -> None:
    assert Matcher([NAMES]).match("Bloxwich noticeboard", "Sandbank was lovely today")


def test_the_deciding_words_must_be_told() -> None:
    (match,) = Matcher([NAMES]).match("my lad loves Sandbank in Bloxwich")
    assert match.words == ("sandbank", "bloxwich", "my lad")


def test_one_automaton_must_serve_many_federations() -> None:
    many = [Names(full=(f"Oakfield {n} School",)) for n in range(500)]
    matches = Matcher(many).match("Oakfield 7 School played Oakfield 12 School")
    assert sorted(match.federation for match in matches) == [7, 12]


def test_no_names_must_match_nothing() -> None:
    assert Matcher([Names()]).match("anything") == []
