"""What the field knows: which words speak of which kind of thing, which do not, and who speaks."""

import pytest

from classifiers.features import CIRCUMSTANCES, feature_names, features, speaker
from classifiers.lexicons import kinds
from classifiers.reading import Reading, read
from classifiers.text import Names, Text

NAMES = Names(full=("Sandbank Nursery",), ambiguous=("Sandbank",), places=("Walsall",), against=("estuary",))

SAYS = {
    "attendance": ["her attendance is down to 60 percent", "he has not been in school since Easter"],
    "behaviour": ["he bites the other children", "had another meltdown at circle time"],
    "celebration": ["happy birthday from all of us", "well done for winning the raffle"],
    "complaint": ["the parking is a nightmare", "nobody answers the phone"],
    "confidential": ["shouldn't be telling you this", "this is confidential"],
    "contempt": ["these little brats", "the parents are scum"],
    "custody": ["the custody hearing is on Monday", "dad has no contact order"],
    "discrimination": ["the place is racist", "they discriminate against boys"],
    "drink-drugs": ["she stank of vodka", "dealing weed in the car park"],
    "family": ["since the divorce", "his mum walked out"],
    "former-staff": ["I used to work there", "ex-teacher"],
    "harm": ["covered in bruises", "left alone in the yard"],
    "health": ["she has epilepsy", "off with asthma again"],
    "hedge": ["apparently", "I heard that", "rumour has it"],
    "history-fiction": ["back in 1954", "in the novel"],
    "immigration": ["waiting for their visa", "the asylum seekers"],
    "joke": ["only joking", "lol"],
    "lying-cover-up": ["it was all covered up", "they lied to us"],
    "money": ["they cannot pay the rent", "behind with the fees"],
    "opinion": ["worst school ever", "in my opinion"],
    "police-law": ["the police came", "he was arrested"],
    "praise": ["absolutely brilliant staff", "cannot thank them enough"],
    "rejection": ["that's not true", "stop spreading rumours"],
    "sexual": ["sexual offences", "he was grooming them"],
    "social-care": ["social services are involved", "she is on a child protection plan"],
    "special-needs": ["he is autistic", "waiting for his EHCP"],
    "theft-fraud": ["stole the fund money", "fiddling the books"],
    "threat": ["I will smash your face in", "burn the place down"],
    "toileting": ["still in nappies", "wet himself again"],
    "violence": ["slapped a little boy", "dragged her by the arm"],
    "whereabouts": ["walks home alone at 3", "picked up by his nan every Tuesday"],
}
QUIET = {
    "cake": "Cake sale on Friday, bring your own plates",
    "road": "Diversion on the 31 bus, use the stop by the library",
    "paint": "We painted butterflies and sang about the sea",
    "garden": "Twelve bulbs planted along the wall, more compost needed",
    "snow": "Snow again, boots on, hats on",
}


def _kinds(text: str) -> frozenset[str]:
    return frozenset().union(*(sentence.kinds for sentence in read(Text(text), NAMES).sentences))


def _reading(text: str, bio: str = "", platform: str = "facebook") -> Reading:
    return read(Text(text, bio=bio, platform=platform), NAMES)


@pytest.mark.parametrize(
    ("text", "kind"), [pytest.param(text, kind, id=f"{kind}: {text}") for kind in SAYS for text in SAYS[kind]]
)
def test_a_phrase_must_be_known_by_its_kind(text: str, kind: str) -> None:
    assert kind in _kinds(text)


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET.keys())
def test_ordinary_words_must_not_speak_of_circumstances(text: str) -> None:
    assert not _kinds(text) & (CIRCUMSTANCES | {"harm", "violence", "threat", "sexual", "theft-fraud"})


def test_every_circumstance_must_be_a_kind() -> None:
    assert set(kinds()) >= CIRCUMSTANCES


@pytest.mark.parametrize(
    ("bio", "text", "platform", "expected"),
    [
        pytest.param("TA at Sandbank Nursery", "tired", "x", "staff", id="bio of staff"),
        pytest.param("", "I work at Sandbank Nursery and I love it", "x", "staff", id="says so"),
        pytest.param("", "I used to work there", "x", "former", id="former staff"),
        pytest.param("Mum of two", "parking again", "x", "parent", id="bio of a parent"),
        pytest.param("", "my son goes there", "forum", "parent", id="parent says so"),
        pytest.param("", "Councillors met on Tuesday", "news", "press", id="press"),
        pytest.param("Plumber", "boiler fixed", "facebook", "", id="anybody"),
    ],
)
def test_who_speaks(bio: str, text: str, platform: str, expected: str) -> None:
    assert speaker(_reading(text, bio, platform)) == expected


@pytest.mark.parametrize(
    ("name", "with_it", "without"),
    [
        pytest.param(
            "named child with circumstance",
            "Little Maisie has epilepsy",
            "Little Maisie sang. Somebody else has epilepsy",
            id="name and illness in one sentence",
        ),
        pytest.param(
            "softened allegation", "It is not true that she stole it", "She stole it", id="rejected theft"
        ),
        pytest.param("hearsay with allegation", "I heard that she stole it", "She stole it", id="hearsay"),
        pytest.param(
            "staff of circumstance", "I work there. One lad is autistic", "One lad is autistic", id="staff"
        ),
        pytest.param("about:against", "Sandbank in the estuary", "Sandbank in town", id="a namesake's word"),
        pytest.param("about:short with place", "Sandbank, Walsall", "Sandbank", id="company of a short name"),
    ],
)
def test_a_figure_must_tell_two_texts_apart(name: str, with_it: str, without: str) -> None:
    figure = dict(zip(feature_names(), features(_reading(with_it)), strict=True))[name]
    other = dict(zip(feature_names(), features(_reading(without)), strict=True))[name]
    assert figure > other


def test_figures_must_stay_in_their_bounds() -> None:
    shouting = "THE HEAD STOLE MONEY AND HIT AVA!!! " * 200
    assert all(0 <= figure <= 7 for figure in features(_reading(shouting)))


def test_a_schools_name_must_not_enter_the_figures() -> None:
    other = Names(full=("Millbrook Federation",), places=("Stroud",))
    there = read(Text("Ava has a seizure at Millbrook Federation, Stroud", platform="facebook"), other)
    here = _reading("Ava has a seizure at Sandbank Nursery, Walsall")
    differing = {
        name
        for name, one, two in zip(feature_names(), features(here), features(there), strict=True)
        if one != two and name != "sign:length"
    }
    assert not differing
