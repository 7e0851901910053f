"""How well a judge does on labelled posts: the figures a head, a buyer and a developer ask for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve

from classifiers.judgement import CONCERNS, Concern, Judgement
from classifiers.lexicons import phrases
from classifiers.plain import plain
from classifiers.records import Example

_ALARMING = frozenset(
    (
        "harm",
        "threat",
        "violence",
        "sexual",
        "theft-fraud",
        "drink-drugs",
        "discrimination",
        "lying-cover-up",
        "contempt",
    )
)


@dataclass(frozen=True, slots=True)
class Figures:
    """One question, one judge."""

    question: str
    count: int  #: posts for which the right answer is yes
    precision: float
    recall: float
    f1: float
    average_precision: float  #: nan where the judge gives no probabilities


def evaluate(examples: Sequence[Example], judgements: Sequence[Judgement]) -> list[Figures]:
    """Return the figures of a judge for alert, digest, every concern at both grades, and about."""
    found = [
        _figures(
            "alert", examples, judgements, lambda e: e.alert, _alerts, lambda j: j.scores.get("alert", np.nan)
        ),
        _figures("digest", examples, judgements, lambda e: e.digest, _digests, None),
    ]
    found += [_graded(examples, judgements, concern, grade) for concern in CONCERNS for grade in (2, 1)]
    about = _figures("about us", examples, judgements, lambda e: e.about == "us", lambda j: j.about == "us", None)
    return [*found, about]


def _graded(examples: Sequence[Example], judgements: Sequence[Judgement], concern: Concern, grade: int) -> Figures:
    return _figures(
        f"{concern} {grade}",
        examples,
        judgements,
        lambda example: bool(getattr(example, concern) >= grade),
        lambda judgement: judgement.grade(concern) >= grade,
        lambda judgement: judgement.scores.get(f"{concern}_{grade}", np.nan),
    )


def about_accuracy(examples: Sequence[Example], judgements: Sequence[Judgement]) -> float:
    """Return the share of texts whose `about` is right."""
    hits = sum(e.about == j.about for e, j in zip(examples, judgements, strict=True))
    return hits / max(len(examples), 1)


def false_alerts_per_thousand(examples: Sequence[Example], judgements: Sequence[Judgement]) -> float:
    """Return how many of a thousand harmless posts would interrupt."""
    harmless = [j for e, j in zip(examples, judgements, strict=True) if not e.alert]
    return 1000 * sum(map(_alerts, harmless)) / max(len(harmless), 1)


def calibration(examples: Sequence[Example], judgements: Sequence[Judgement]) -> tuple[float, float]:
    """Return the expected calibration error (ten bins) and the Brier score of the alert probability."""
    truth = np.array([e.alert for e in examples], dtype=float)
    said = np.array([j.scores.get("alert", 0.0) for j in judgements])
    bins = np.minimum((said * 10).astype(int), 9)
    error = sum(
        (bins == number).mean() * abs(said[bins == number].mean() - truth[bins == number].mean())
        for number in range(10)
        if (bins == number).any()
    )
    return float(error), float(((said - truth) ** 2).mean())


def keyword_alerts(examples: Sequence[Example]) -> list[bool]:
    """Return what a list of alarming words would do: the baseline every school tool starts from."""
    return [
        any(found.meaning in _ALARMING for found in phrases().find(plain(f"{e.text.title} {e.text.text}")))
        for e in examples
    ]


def precision_recall(told: Sequence[bool], right: Sequence[bool]) -> tuple[float, float]:
    """Return precision and recall."""
    hits = sum(t and r for t, r in zip(told, right, strict=True))
    return hits / max(sum(told), 1), hits / max(sum(right), 1)


def _alerts(judgement: Judgement) -> bool:
    return judgement.about != "other" and any(judgement.grade(concern) == 2 for concern in CONCERNS)


def _digests(judgement: Judgement) -> bool:
    slight = any(judgement.grade(concern) == 1 for concern in CONCERNS)
    return judgement.about != "other" and (slight or judgement.tone == "negative")


def _figures(
    question: str,
    examples: Sequence[Example],
    judgements: Sequence[Judgement],
    right: Callable[[Example], bool],
    told: Callable[[Judgement], bool],
    score: Callable[[Judgement], float] | None,
) -> Figures:
    truth = [right(example) for example in examples]
    precision, recall = precision_recall([told(judgement) for judgement in judgements], truth)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    average = float("nan")
    if score and any(truth):
        average = float(average_precision_score(truth, [score(judgement) for judgement in judgements]))
    return Figures(question, sum(truth), precision, recall, f1, average)


def curve(examples: Sequence[Example], judgements: Sequence[Judgement]) -> list[tuple[float, float]]:
    """Return recall and precision of an alert at every threshold, by falling recall."""
    truth = [e.alert for e in examples]
    precision, recall, _ = precision_recall_curve(truth, [j.scores.get("alert", 0.0) for j in judgements])
    return [(float(r), float(p)) for r, p in zip(recall, precision, strict=True)]


def reliability(examples: Sequence[Example], judgements: Sequence[Judgement]) -> list[tuple[float, float]]:
    """Return for each tenth of the alert probability what was said on average and what came true."""
    truth = np.array([e.alert for e in examples], dtype=float)
    said = np.array([j.scores.get("alert", 0.0) for j in judgements])
    bins = np.minimum((said * 10).astype(int), 9)
    return [
        (float(said[bins == number].mean()), float(truth[bins == number].mean()))
        for number in range(10)
        if (bins == number).any()
    ]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A post the judge was wrong about."""

    id: str
    kind: str  #: "missed" or "false alarm"
    score: float  #: probability of an alert
    text: str


def worst(examples: Sequence[Example], judgements: Sequence[Judgement], most: int = 20) -> list[Mistake]:
    """Return the mistakes the judge was surest of, the surest first."""
    found = []
    for example, judgement in zip(examples, judgements, strict=True):
        if _alerts(judgement) == example.alert:
            continue
        kind = "missed" if example.alert else "false alarm"
        found.append(Mistake(example.id, kind, judgement.scores.get("alert", 0.0), example.text.text))
    return sorted(found, key=lambda one: one.score if one.kind == "missed" else 1 - one.score)[:most]


def alerts_of(judgements: Sequence[Judgement]) -> list[bool]:
    """Return which posts would interrupt."""
    return [_alerts(judgement) for judgement in judgements]
