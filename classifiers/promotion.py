"""Whether a model that has also learned from people's verdicts may take the place of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.model import QUESTIONS
from classifiers.reading import read
from classifiers.records import Example
from classifiers.thresholds import choose
from classifiers.training import answers, train

#: Batches no candidate of a comparison learns from.
FROZEN = ("b1", "cragside", "fleam", "hollybush", "kestrel", "martello", "mulberry", "tidewell")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Recall of safeguarding 2 and of alerts on the frozen posts, without and with feedback."""

    safeguarding_before: float
    safeguarding_after: float
    alert_before: float
    alert_after: float

    @property
    def may_promote(self) -> bool:
        """Whether no safeguarding matter is lost."""
        return self.safeguarding_after >= self.safeguarding_before


def compare(examples: Sequence[Example], feedback: Sequence[Example]) -> Comparison:
    """Train twice without the frozen posts, once with the feedback, and measure both on them."""
    frozen = [example for example in examples if example.batch in FROZEN]
    seen = [example for example in examples if example.batch not in FROZEN]
    before = _recalls(seen, frozen)
    after = _recalls([*seen, *feedback], frozen)
    return Comparison(before[0], after[0], before[1], after[1])


def _recalls(seen: Sequence[Example], frozen: Sequence[Example]) -> tuple[float, float]:
    trained = train(seen)
    thresholds = choose(seen, trained.unseen)["balanced"]
    said = trained.model.probabilities([read(example.text, example.names) for example in frozen])
    right = answers(frozen)
    return _recall(said, right, thresholds, "safeguarding_2"), _recall(said, right, thresholds, "alert")


def _recall(said: np.ndarray, right: np.ndarray, thresholds: dict[str, float], question: str) -> float:
    column = QUESTIONS.index(question)
    grave = right[:, column] == 1
    return float((said[grave, column] >= thresholds[question]).mean())
