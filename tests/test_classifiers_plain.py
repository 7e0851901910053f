"""The plainest form of a text, and hidden words spelt out."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifiers.folding import fold, undisguise
from classifiers.plain import line_of, plain

SIGNS = st.sampled_from(
    list("abZ9 ''&#@-_./\\\"*\n\t\x1c\x7f^`\u2019\u00e9\u00a0\u00bd\ufb01\u0130\u0435\U0001f600")
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("St. Mary's C-of-E", "st marys c of e", id="signs"),
        pytest.param("St Mary`s", "st marys", id="backtick"),
        pytest.param("\u13a0 Zoë", "\uab70 zoe", id="an alphabet that folds to capitals"),
        pytest.param("M&S", "m and s", id="and"),
        pytest.param("It\u2019s 10.30 at no. 4", "its 10 30 at no 4", id="figures stay"),
        pytest.param("\uff33chool", "school", id="full width"),
        pytest.param("sch\u200bool", "school", id="invisible sign"),
        pytest.param("nurs\u0435r\u0443", "nursery", id="cyrillic look-alikes"),
        pytest.param("Zoë Núñez", "zoe nunez", id="accents"),
        pytest.param("well🤫done", "well 🤫 done", id="emoji"),
        pytest.param("#School @head", "#school @head", id="hashtag and handle"),
        pytest.param("নার্সারি", "নার্সারি", id="bengali keeps its vowels"),
        pytest.param("", "", id="empty"),
    ],
)
def test_plain_form(raw: str, expected: str) -> None:
    assert plain(raw) == expected


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        pytest.param("they s t o l e it", "stole", id="spaced"),
        pytest.param("they s.t.o.l.e it", "stole", id="dotted"),
        pytest.param("they st0le it", "stole", id="figure"),
        pytest.param("W3 d0n'7 kn0w why h3 w45 b4d", "dont", id="figures throughout, with an apostrophe"),
        pytest.param("W3 d0n'7 kn0w why h3 w45 b4d", "he", id="figures throughout, short"),
        pytest.param("W3 d0n'7 kn0w why h3 w45 b4d", "bad", id="figures throughout, like a form or class"),
        pytest.param("G07 4 n3w j0b #73ch1e", "#techie", id="figures throughout, behind a number sign"),
        pytest.param(
            "w s4ndb4nk n4uczyc13lka kl4mi3 o 7ym", "klamie", id="figures throughout, in a language not known"
        ),
        pytest.param("$tole it", "stole", id="sign"),
        pytest.param("he was a thi*f", "thief", id="star"),
        pytest.param("th**ving lot", "thieving", id="stars"),
        pytest.param("they st**l from kids", "steal", id="stars for what people hide rather than stall"),
        pytest.param("so druuuunk", "drunk", id="drawn out"),
        pytest.param("S4ndb4nk nurs3ry st0le it", "sandbank", id="a strange word among figures"),
    ],
)
def test_hidden_words_must_be_spelt_out(raw: str, word: str) -> None:
    assert word in line_of(undisguise(fold(raw))).words


@pytest.mark.parametrize(
    "raw",
    ["at 3pm on the 2nd", "£4.50 each", "Y2 and KS1", "a b c d e f g", "call 01922 123456", "room 3b, B4 7AB"],
)
def test_figures_and_codes_must_stay(raw: str) -> None:
    assert line_of(undisguise(fold(raw))).text == plain(raw)


def test_each_word_must_know_its_place() -> None:
    raw = "The  N\u00fa\u0301rsery\u2019s gate"
    line = line_of(undisguise(fold(raw)))
    assert line.words == ("the", "nurserys", "gate")
    assert [raw[start:end] for start, end in line.spans] == ["The", "N\u00fa\u0301rsery\u2019s", "gate"]


@settings(max_examples=500, deadline=None)
@given(st.text(SIGNS, max_size=12) | st.text(max_size=12))
@example("a''b #'c @ ## a#b me@x.com &'s rock 'n' roll")
def test_the_plain_form_must_be_that_of_the_words_with_places(raw: str) -> None:
    assert plain(raw) == line_of(fold(raw)).text
