"""The model must come out of the posts alike each time, and its thresholds keep a head's budget."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from classifiers.boosting import SETTINGS
from classifiers.judge import MODEL
from classifiers.model import QUESTIONS, VIEWS
from classifiers.passport import ModelError, digest_of, load, new_passport, read_passport, save
from classifiers.reading import read
from classifiers.records import Example, near_duplicates, training_examples
from classifiers.text import Names, Text
from classifiers.thresholds import BUDGETS, choose
from classifiers.training import Trained, train

BATCHES = ("b1", "cragside", "fleam")
TODAY = date(2026, 11, 24)
ALERT = QUESTIONS.index("alert")


@pytest.fixture(scope="module")
def posts() -> list[Example]:
    return training_examples()


@pytest.fixture(scope="module")
def few(posts: list[Example]) -> list[Example]:
    return [post for post in posts if post.batch in BATCHES]


@pytest.fixture(scope="module", autouse=True)
def few_rounds() -> Iterator[None]:
    """A few trees train as the many do, in a tenth of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(SETTINGS, "n_estimators", 4)
        yield


@pytest.fixture(scope="module")
def trained(few: list[Example]) -> Trained:
    return train(few)


def test_the_model_must_be_made_of_the_posts_beside_it(posts: list[Example]) -> None:
    passport = read_passport(MODEL)
    assert (passport.examples, passport.examples_sha256) == (len(posts), digest_of(posts))


def test_no_two_posts_must_say_the_same(posts: list[Example]) -> None:
    assert near_duplicates(posts) == []


def test_training_must_be_reproducible(few: list[Example], trained: Trained) -> None:
    again = train(few)
    assert np.array_equal(trained.unseen, again.unseen)
    assert all(map(np.array_equal, trained.model.weights, again.model.weights))


def test_a_saved_model_must_judge_as_before(few: list[Example], trained: Trained, tmp_path: Path) -> None:
    passport = new_passport(few, choose(few, trained.unseen), {}, {}, TODAY)
    save(trained.model, passport, tmp_path / "model.skops")
    loaded, _ = load(tmp_path / "model.skops")
    readings = [read(post.text, post.names) for post in few]
    # What is saved has fewer bits than what was trained.
    assert np.abs(loaded.probabilities(readings) - trained.model.probabilities(readings)).max() < 0.05


def test_a_model_with_other_views_must_be_refused(few: list[Example], trained: Trained, tmp_path: Path) -> None:
    passport = new_passport(few, choose(few, trained.unseen), {}, {}, TODAY)
    path = tmp_path / "model.skops"
    save(trained.model, passport, path)
    told = path.with_suffix(".json").read_text()
    path.with_suffix(".json").write_text(told.replace(f'"{next(iter(VIEWS))}"', '"of another age"'))
    with pytest.raises(ModelError, match="other lexicons, views or questions; train again"):
        load(path)


def _stream(count: int, alerts: int, batch: str) -> list[Example]:
    return [
        Example(f"{batch}-{at}", batch, Text("x"), Names(), "us", 2 if at < alerts else 0, 0, 0, "neutral")
        for at in range(count)
    ]


def test_thresholds_must_keep_the_budget_on_ordinary_streams() -> None:
    examples = [*_stream(1000, 50, "ordinary"), *_stream(1000, 500, "grave")]
    said = np.zeros((2000, len(QUESTIONS)))
    said[:, ALERT] = np.random.default_rng(7).random(2000) ** 2
    chosen = choose(examples, said)
    for word, budget in BUDGETS.items():
        told = said[50:1000, ALERT] >= chosen[word]["alert"]
        assert budget - 2 < 100 * told.mean() <= budget
    assert chosen["careful"]["alert"] < chosen["balanced"]["alert"] < chosen["quiet"]["alert"]


def test_thresholds_without_an_ordinary_stream_must_take_all_posts() -> None:
    examples = _stream(100, 50, "grave")
    said = np.full((100, len(QUESTIONS)), 0.5)
    assert choose(examples, said)["balanced"]["alert"] == pytest.approx(0.51)
