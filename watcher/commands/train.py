"""`watcher train`: the model, made from the posts that come with the program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import Stop, out

if TYPE_CHECKING:
    pass


def train(
    output: Annotated[
        Path | None, typer.Option(help="Where to write the model; the program's own by default.")
    ] = None,
) -> None:
    """Train the model from the posts that come with the program, and show what it is worth on unseen writers.

    Example: watcher train --output my-model.skops
    """
    from classifiers.judge import MODEL
    from classifiers.passport import ModelError, new_passport, save
    from classifiers.records import RecordError, near_duplicates, training_examples
    from classifiers.scores import scores_of
    from classifiers.thresholds import choose
    from classifiers.training import train as fit
    from watcher.assembly import utc_now

    try:
        examples = training_examples()
        _refuse_duplicates(near_duplicates(examples))
        out.print(f"{len(examples)} posts; training")
        trained = fit(examples)
        thresholds = choose(examples, trained.unseen)
        scores, dummy = scores_of(examples, trained.unseen, thresholds["balanced"])
        passport = new_passport(examples, thresholds, scores, dummy, utc_now().date())
        save(trained.model, passport, output or MODEL)
    except (RecordError, ModelError) as error:
        raise Stop(str(error)) from error
    for name, value in scores.items():
        out.print(f"  {name:<28} {value:.3f}   (dummy {dummy[name]:.3f})")
    out.print(f"written: model {passport.name}")


def _refuse_duplicates(pairs: list[tuple[str, str]]) -> None:
    if pairs:
        raise Stop(*(f"{first} and {second} say nearly the same; keep one" for first, second in pairs[:20]))
