"""Which model judges: the school's own, once it has learned from verdicts, else the one of the program."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.mendable import Mendable

if TYPE_CHECKING:
    from classifiers.judge import LinearJudge
    from watcher.config import Config

OWN = "watcher-model.skops"


def own_model(config: Path) -> Path:
    """Return where the school's own model stands: beside its configuration."""
    return config.resolve().parent / OWN


def model_of(config: "Config") -> Path:
    """Return the model a school uses."""
    from classifiers.judge import MODEL

    own = own_model(config.path)
    return own if own.is_file() else MODEL


def judge_of(config: "Config") -> "LinearJudge":
    """Load the judge a school uses. Raises Mendable."""
    return judge_from(config.alerts.sensitivity, model_of(config))


def judge_from(sensitivity: str, model: Path) -> "LinearJudge":
    """Load a judge from a model's file. Raises Mendable where it is damaged or of another program."""
    from classifiers.judge import load_judge
    from classifiers.passport import ModelError

    try:
        return load_judge(sensitivity, model)
    except ModelError as error:
        raise Mendable(str(error)) from error


def measured_precision(config: "Config") -> float | None:
    """Return the share of alerts that were right when the school's model was tested; None where nobody knows."""
    try:
        # Not by way of classifiers.passport, which the service would have to load the learning library for.
        passport = json.loads(model_of(config).with_suffix(".json").read_text(encoding="utf-8"))
        return float(passport["scores"]["alert precision"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
