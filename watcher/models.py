"""Which model judges: the school's own, once it has learned from verdicts, else the one of the program."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifiers.judge import LinearJudge
    from watcher.config import Config

OWN = "watcher-model.skops"


def own_model(config: Path) -> Path:
    """Return where the school's own model stands: beside its configuration."""
    return config.resolve().parent / OWN


def judge_of(config: "Config") -> "LinearJudge":
    """Load the judge a school uses. Raises ModelError."""
    from classifiers.judge import MODEL, load_judge

    own = own_model(config.path)
    return load_judge(config.alerts.sensitivity, own if own.is_file() else MODEL)


def measured_precision(config: "Config") -> float | None:
    """Return the share of alerts that were right when the school's model was tested; None where nobody knows."""
    from classifiers.judge import MODEL
    from classifiers.passport import read_passport

    own = own_model(config.path)
    try:
        return read_passport(own if own.is_file() else MODEL).scores.get("alert precision")
    except (OSError, ValueError, TypeError):
        return None
