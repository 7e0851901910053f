"""What is judged of a text: its windows, and the gravest passage of each."""

import numpy as np
import pytest

from classifiers.model import QUESTIONS
from classifiers.passages import DISCOUNT, PASSAGE, WINDOW, passages, said_once, windows
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
    ("grave", "gravest"),
    [
        pytest.param("Sam was strangled by his dad.", "Sam was strangled by his dad.", id="alarm and a name"),
        pytest.param("The cook was drunk again.", "The cook was drunk again.", id="an allegation"),
    ],
)
def test_the_gravest_sentences_of_a_long_text_are_judged_by_themselves(grave: str, gravest: str) -> None:
    own = passages(reading(f"{long_text(30)} {grave} {long_text(40)}"))
    assert len(own.windows) > 1
    assert any(gravest in said(part) and len(part.sentences) == PASSAGE for part in own.gravest.values())


@pytest.mark.parametrize(
    "text", ["", "One.", "One sentence. And another.", "Sam was strangled. We had chips. Bye."]
)
def test_a_short_text_is_judged_as_a_whole(text: str) -> None:
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
    assert (
        said(said_once(reading("It is fun! Bye. It is fun. Ava fell. It is fun."))) == "It is fun! Bye. Ava fell."
    )


@pytest.mark.parametrize(
    ("text", "judged"),
    [
        pytest.param("It is fun! It is fun. Ava fell.", ["It is fun! Ava fell."], id="said twice"),
        pytest.param("It is fun. " * 3 + "Ava fell.", ["It is fun. Ava fell.", "Ava fell."], id="padding"),
        pytest.param("It is fun. " * 3, ["It is fun."], id="nothing else"),
        pytest.param(
            "Ava fell " + "It is fun at the fair. " * 4,
            ["Ava fell It is fun at the fair.", "Ava fell"],
            id="padding that runs on",
        ),
        pytest.param("No. No. No. I have no idea.", ["No. I have no idea.", "I have no idea."], id="short words"),
    ],
)
def test_a_text_is_judged_without_its_padding_too(text: str, judged: list[str]) -> None:
    assert [said(window) for window in passages(reading(text)).windows] == judged


def test_a_text_without_repetition_is_itself() -> None:
    once = reading("It is fun. Ava fell.")
    assert said_once(once) is once


def test_a_passage_counts_less_than_the_text_around_it() -> None:
    own = passages(reading(long_text(40)))
    window, passage = np.full(len(QUESTIONS), 0.2), np.full(len(QUESTIONS), 0.9)
    asked = np.stack([window] * len(own.windows) + [passage] * len(own.gravest))
    heard = own.heard(asked)
    assert heard[0, ALERT] == pytest.approx(1 / (1 + np.exp(DISCOUNT) / 9))
    assert heard[0, OURS] == pytest.approx(0.2), "what a text is about is a matter of all of it"
    assert own.heard(asked[::-1])[0] == pytest.approx(passage), "a window that is graver than its passage stays"


def test_a_text_is_about_what_its_windows_that_name_the_school_are_about() -> None:
    own = passages(reading(long_text(40) + " We love Sandbank Nursery School in Walsall."))
    heard = np.full((len(own.windows), len(QUESTIONS)), 0.1)
    heard[-1, OURS] = 0.8
    heard[0, ALERT] = 0.6
    told = own.told(heard)
    assert (told[OURS], told[ALERT]) == pytest.approx((0.8, 0.6))
    assert own.gravest_window(heard) is own.windows[0]
