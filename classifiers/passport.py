"""A model as a file: arrays written by skops, with a passport saying what it was made of.

The file is a ZIP written by skops; beside it stands `<name>.json`, the passport, with the file's SHA-256. Loading
refuses a file that does not fit its passport, and says how to train again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from classifiers.counting import Columns, layout
from classifiers.features import feature_names
from classifiers.lexicons import fingerprint
from classifiers.model import QUESTIONS, VIEWS, Model, Trees

RETRAIN = "train again with `watcher train`"
LARGEST = 8 * 1024 * 1024  #: bytes of a model file


class ModelError(Exception):
    """A model cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Passport:
    """Where a model comes from and what it is worth."""

    name: str  #: "2026-11-24-1a2b3c4d"
    trained: str  #: ISO date
    examples: int
    examples_sha256: str
    lexicons: str  #: fingerprint of the lexicons its figures were counted with
    questions: tuple[str, ...]
    figures: int
    sklearn: str
    thresholds: Mapping[str, Mapping[str, float]]  #: sensitivity -> question -> probability
    scores: Mapping[str, float]  #: on posts of unseen writers
    dummy: Mapping[str, float]  #: the same of a model that always guesses the commonest answer
    views: tuple[str, ...] = ()  #: what its linear models see
    parts: tuple[str, ...] = ()  #: what is counted for them
    file_sha256: str = ""


def save(model: Model, passport: Passport, path: Path) -> None:
    """Write a model and its passport. Raises ModelError where the file would be too large."""
    import skops.io

    written = skops.io.dumps(_content(model), compression=8, compresslevel=9)
    if len(written) > LARGEST:
        raise ModelError(f"the model has {len(written)} bytes; at most {LARGEST} are allowed")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written)
    stamped = {**_fields(passport), "file_sha256": hashlib.sha256(written).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(stamped, indent=2) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[Model, Passport]:
    """Read a model that fits its passport and this program. Raises ModelError."""
    import skops.io

    try:
        passport = read_passport(path)
        written = path.read_bytes()
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"the model {path.name} cannot be read ({error}); {RETRAIN}") from error
    if hashlib.sha256(written).hexdigest() != passport.file_sha256:
        raise ModelError(f"the model {path.name} was changed after it was trained; {RETRAIN}")
    wanted = (QUESTIONS, tuple(VIEWS), layout(), len(feature_names()), fingerprint())
    if (passport.questions, passport.views, passport.parts, passport.figures, passport.lexicons) != wanted:
        raise ModelError(f"the model {path.name} was trained with other lexicons, views or questions; {RETRAIN}")
    return _model(skops.io.loads(written, trusted=[])), passport


def _content(model: Model) -> dict[str, Any]:
    """Return the arrays of a model, the large ones at half precision."""
    return {
        "linear": {
            "bias": model.bias,
            "blend": model.blend,
            "shift": model.shift,
        },
        "columns": {
            name: {"kept": own.kept, "weight": own.weight.astype(np.float16)} for name, own in model.columns.items()
        },
        "views": {name: _short(own) for name, own in zip(VIEWS, model.weights, strict=True)},
        "trees": {name: getattr(model.trees, name) for name in Trees.__dataclass_fields__},
    }


def _short(weights: np.ndarray) -> np.ndarray:
    """Return weights in half precision with the last eight bits rounded away, so that they can be packed."""
    halves = weights.astype(np.float16).view(np.uint16)
    return ((halves + np.uint16(128)) & np.uint16(0xFF00)).view(np.float16)


def _model(content: Mapping[str, Any]) -> Model:
    arrays = {name: np.asarray(values, dtype=np.float32) for name, values in content["linear"].items()}
    weights = tuple(np.asarray(content["views"][name], dtype=np.float32) for name in VIEWS)
    columns = {
        name: Columns(own["kept"], np.asarray(own["weight"], dtype=np.float32))
        for name, own in content["columns"].items()
    }
    return Model(**arrays, columns=columns, weights=weights, trees=Trees(**content["trees"]))


def read_passport(path: Path) -> Passport:
    """Read the passport of a model file."""
    fields = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    lists = {name: tuple(fields.get(name, ())) for name in ("questions", "views", "parts")}
    return Passport(**{**fields, **lists})


def digest_of(records: Sequence[Any]) -> str:
    """Return a hash of training examples, in order."""
    return hashlib.sha256("\n".join(map(repr, records)).encode()).hexdigest()


def new_passport(
    examples: Sequence[Any],
    thresholds: Mapping[str, Mapping[str, float]],
    scores: Mapping[str, float],
    dummy: Mapping[str, float],
    today: date,
) -> Passport:
    """Fill in a passport for a model just trained."""
    digest = digest_of(examples)
    return Passport(
        name=f"{today.isoformat()}-{digest[:8]}",
        trained=today.isoformat(),
        examples=len(examples),
        examples_sha256=digest,
        lexicons=fingerprint(),
        questions=QUESTIONS,
        views=tuple(VIEWS),
        parts=layout(),
        figures=len(feature_names()),
        sklearn=sklearn.__version__,
        thresholds=thresholds,
        scores=scores,
        dummy=dummy,
    )


def _fields(passport: Passport) -> dict[str, Any]:
    return {name: getattr(passport, name) for name in Passport.__dataclass_fields__}


def step_aside(path: Path) -> None:
    """Keep a model and its passport as the ones before, if there are any."""
    _move(path, _before(path))


def step_back(path: Path) -> bool:
    """Put the model before in the place of a model, or only take the model away; False where there is none."""
    if not path.is_file():
        return False
    for own in (path, path.with_suffix(".json")):
        own.unlink(missing_ok=True)
    _move(_before(path), path)
    return True


def _before(path: Path) -> Path:
    return path.with_name(f"{path.stem}.before{path.suffix}")


def _move(old: Path, new: Path) -> None:
    for one, other in ((old, new), (old.with_suffix(".json"), new.with_suffix(".json"))):
        if one.is_file():
            one.replace(other)
