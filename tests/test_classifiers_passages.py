"""What is judged of a text: its windows, and the gravest passage of each."""

import numpy as np
import pytest

from classifiers.model import QUESTIONS
from classifiers.passages import WINDOW, passages, said_once, windows
from classifiers.reading import Reading, read
from classifiers.text import Names, Text

NAMES = Names(full=("Sandbank Nursery School",), ambiguous=("Sandbank",), places=("Walsall",))
ALERT, OURS = QUESTIONS.index("alert"), QUESTIONS.index("about_us")


def reading(text: str) -> Reading:
    return read(Text(text), NAMES)


def said(part: Reading) -> str:
    return " ".join(sentence.raw.strip() for sentence in part.sentences)


def long_text(sentences: int) -> str:
    return " ".join(
        f"Here is what was told on page {index} of the programme for the fair." for index in range(sentences)
    )


@pytest.mark.parametrize(
    ("text", "gravest"),
    [
        pytest.param(
            "We had chips. Sam was strangled by his dad, police came. The sun shone. Lovely day.",
            "We had chips. Sam was strangled by his dad, police came.",
            id="words of alarm and a name",
        ),
        pytest.param(
            "The sun shone. We had chips. It was warm. The cook was drunk again. Nice bus.",
            "It was warm. The cook was drunk again.",
            id="the first of equals",
        ),
        pytest.param(
            "We had chips. The sun shone. It was warm.", "We had chips. The sun shone.", id="nothing at all"
        ),
    ],
)
def test_the_gravest_sentences_are_judged_by_themselves(text: str, gravest: str) -> None:
    own = passages(reading(text))
    assert [said(part) for part in own.gravest.values()] == [gravest]


@pytest.mark.parametrize("text", ["", "One.", "One sentence. And another."])
def test_a_short_text_has_no_passage_beside_it(text: str) -> None:
    own = passages(reading(text))
    assert (len(own.windows), own.gravest) == (1, {})


def test_windows_overlap_and_miss_nothing() -> None:
    whole = reading(long_text(120))
    parts = windows(whole)
    assert len(parts) > 5
    assert all(sum(len(sentence.words) for sentence in part.sentences) <= 2 * WINDOW for part in parts)
    held = [sentence for part in parts for sentence in part.sentences]
    assert all(sentence in held for sentence in whole.sentences)
    assert len(held) > len(whole.sentences)


def test_what_is_repeated_is_read_once() -> None:
    assert said(said_once(reading("It is fun! It is fun. Ava fell. It is fun."))) == "It is fun! Ava fell."
    once = reading("It is fun. Ava fell.")
    assert said_once(once) is once


def test_a_passage_counts_less_than_the_text_around_it() -> None:
    own = passages(reading("We had chips. Sam was strangled. The sun shone."))
    window, passage = np.full(len(QUESTIONS), 0.2), np.full(len(QUESTIONS), 0.9)
    (heard,) = own.heard(np.stack([window, passage]))
    assert heard[ALERT] == pytest.approx(1 / (1 + np.exp(0.5) / 9))
    assert heard[OURS] == pytest.approx(0.2), "what a text is about is a matter of all of it"
    (unmoved,) = own.heard(np.stack([passage, window]))
    assert unmoved == pytest.approx(passage)


def test_a_text_is_about_what_its_windows_that_name_the_school_are_about() -> None:
    own = passages(reading(long_text(40) + " We love Sandbank Nursery School in Walsall."))
    heard = np.full((len(own.windows), len(QUESTIONS)), 0.1)
    heard[-1, OURS] = 0.8
    heard[0, ALERT] = 0.6
    told = own.told(heard)
    assert (told[OURS], told[ALERT]) == pytest.approx((0.8, 0.6))
    assert own.gravest_window(heard) is own.windows[0]
