"""Persons must be masked wherever they are named: measured on three sets of invented posts.

In all, a child's name stands in {braces} and a grown-up's in <angle brackets>. The rules were written with the first
set in sight. The others came from other writers who knew nothing of them, and what they left was mended only after
their figures had been taken.
"""

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from classifiers.attestation import attested
from classifiers.lexicons import word_set
from classifiers.records import training_examples
from classifiers.redaction import redact, redact_reasons
from classifiers.text import Names

SETS = Path(__file__).parent / "data/names"
NAMES = Names(
    full=("Hollybush Nursery School", "Hollybush Nursery"), ambiguous=("Hollybush",), places=("Netherbrook",)
)
_MARKED = re.compile(r"\{([^}]*)\}|<([^>]*)>")


def lines(name: str) -> list[str]:
    return [line for line in (SETS / f"{name}.txt").read_text(encoding="utf-8").splitlines() if line]


def words(text: str) -> Counter[str]:
    return Counter(word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1)


def named(line: str) -> list[tuple[str, bool]]:
    """Return each marked name and whether it still stands after masking."""
    shown = words(redact(re.sub(r"[{}<>]", "", line), NAMES))
    ordinary = words(_MARKED.sub(" ", line))
    return [
        (found[1] or found[2], any(shown[word] > ordinary[word] for word in words(found[0])))
        for found in _MARKED.finditer(line)
    ]


@pytest.mark.parametrize(("name", "least"), [("written-to", 0.98), ("unseen", 0.97), ("unseen-too", 0.97)])
def test_nearly_every_name_must_be_masked(name: str, least: float) -> None:
    names = [one for line in lines(name) for one in named(line)]
    assert len(names) > 300
    left = [name for name, stands in names if stands]
    assert 1 - len(left) / len(names) >= least, left


@pytest.mark.parametrize(("name", "most"), [("written-to", 0.05), ("unseen", 0.05), ("unseen-too", 0.05)])
def test_ordinary_words_must_mostly_stay(name: str, most: float) -> None:
    masked = total = 0
    for line in lines(name):
        ordinary = words(_MARKED.sub(" ", line))
        masked += (ordinary - words(redact(re.sub(r"[{}<>]", "", line), NAMES))).total()
        total += ordinary.total()
    assert masked / total <= most


def test_the_words_of_reasons_must_stay_and_their_quotes_be_masked() -> None:
    reasons = ("names a child (“Ava”) and her health (“epilepsy”)",)
    assert redact_reasons(reasons, "little Ava has epilepsy", NAMES) == (
        "names a child (“[name]”) and her health (“epilepsy”)",
    )


def test_owners_must_stay() -> None:
    assert redact("My neighbour's lad Rowan fell", NAMES) == "My neighbour's lad [name] fell"


@pytest.mark.parametrize("text", ["", "[name]", "\x00", "🙂" * 500, "A" * 20_000, "Ава " * 2_000, "'’-" * 999])
def test_odd_text_must_not_stop_masking(text: str) -> None:
    began = time.monotonic()
    assert isinstance(redact(text, NAMES), str)
    assert time.monotonic() - began < 5


def test_the_lists_must_be_those_of_the_posts() -> None:
    for name, wanted in attested(training_examples()).items():
        assert word_set(name, "masking") == wanted, "write them anew: python -m classifiers.attestation"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thank you Mrs Birch for the fair", "Thank you Mrs [name] for the fair"),
        ("So kind of mrs smith today", "So kind of mrs [name] today"),
        ("Mr. O'Neill-Wood and Dr Green came", "Mr. [name] and Dr [name] came"),
        ("Huge thanks to Miss Birch for staying", "Huge thanks to Miss [name] for staying"),
        ("We miss the nursery already", "We miss the nursery already"),
    ],
)
def test_grown_ups_must_be_masked_by_their_title(text: str, expected: str) -> None:
    assert redact(text, NAMES) == expected


def test_thanks_must_not_be_taken_for_a_person() -> None:
    assert redact("Thanks to everybody at Hollybush Nursery", NAMES) == "Thanks to everybody at Hollybush Nursery"


def test_a_reason_must_show_the_grave_word_of_another_language() -> None:
    text = "Idris ma siniaki, left Mia alone"
    reasons = (
        "tells harm (\u201csiniaki\u201d)",
        "names (\u201cIdris\u201d)",
        "tells neglect (\u201cleft Mia alone\u201d)",
    )
    assert redact_reasons(reasons, text, NAMES) == (
        "tells harm (\u201csiniaki\u201d)",
        "names (\u201c[name]\u201d)",
        "tells neglect (\u201cleft [name] alone\u201d)",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ਹੈਲਨ ਮੈਰੀਅਟ ਦਾ ਧੰਨਵਾਦ, Hollybush Nursery ਵਿੱਚ ਮੇਲਾ",
            "[words in another script], Hollybush Nursery [words in another script]",
        ),
        (
            "آدم في روضة Hollybush Nursery يعض",
            "[words in another script] Hollybush Nursery [words in another script]",
        ),
        ("小明 3岁 bit me", "[words in another script] bit me"),
    ],
)
def test_a_script_without_capitals_must_not_be_shown_since_no_name_can_be_told(text: str, expected: str) -> None:
    assert redact(text, NAMES) == expected


def test_words_of_a_known_language_must_stay() -> None:
    said = "Pani z Hollybush Nursery szarpnęła mojego Antka za rękę i ma siniaki, nikt nie chce ze mną rozmawiać"
    assert redact(said, NAMES) == said.replace("Antka", "[name]")
