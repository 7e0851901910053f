"""`watcher train`: the model, made from the program's posts and, if wished, from people's verdicts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifiers.records import Example


def train(
    output: Annotated[
        Path | None, typer.Option(help="Where to write the model; the program's own by default.")
    ] = None,
    with_feedback: Annotated[
        bool, typer.Option("--with-feedback", help="Learn from the verdicts on cases too; the model stays here.")
    ] = False,
    back: Annotated[bool, typer.Option("--back", help="Go back to the model before; nothing is trained.")] = False,
    unlike: Annotated[
        Path | None, typer.Option(help="Labelled posts for measuring: refuse to train on any text of them.")
    ] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Train the model from the posts that come with the program, and show what it is worth on unseen writers.

    Example: watcher train --with-feedback --config config.toml
    """
    from classifiers.judge import MODEL
    from classifiers.passport import ModelError
    from classifiers.records import RecordError, training_examples

    if back:
        _go_back(config)
        return
    try:
        examples = training_examples()
        if unlike:
            _refuse_shared(examples, unlike)
        feedback = _feedback(config) if with_feedback else []
        if with_feedback:
            _refuse_loss(examples, feedback)
        path = _own_model(config) if with_feedback else output or MODEL
        _fit([*examples, *feedback], path, keep_before=with_feedback)
    except (RecordError, ModelError) as error:
        raise Stop(str(error)) from error


def _fit(examples: "Sequence[Example]", path: Path, *, keep_before: bool) -> None:
    from classifiers.passport import new_passport, save, step_aside
    from classifiers.records import near_duplicates
    from classifiers.scores import scores_of
    from classifiers.thresholds import choose
    from classifiers.training import train as fit
    from watcher.assembly import utc_now

    _refuse_duplicates(near_duplicates([example for example in examples if example.batch != "feedback"]))
    out.print(f"{len(examples)} posts; training")
    trained = fit(examples)
    thresholds = choose(examples, trained.unseen)
    scores, dummy = scores_of(examples, trained.unseen, thresholds["balanced"])
    passport = new_passport(examples, thresholds, scores, dummy, utc_now().date())
    if keep_before:
        step_aside(path)
    save(trained.model, passport, path)
    for name, value in scores.items():
        out.print(f"  {name:<28} {value:.3f}   (dummy {dummy[name]:.3f})")
    out.print(f"written: model {passport.name}")


def _feedback(config: Path) -> "list[Example]":
    from watcher.assembly import enrol, utc_now
    from watcher.feedback import learned
    from watcher.matching import names_of
    from watcher.store import open_store

    settings = read_config(config)
    with open_store(settings.store_url) as store:
        federation_id = enrol(settings, store, utc_now())
        found = list(learned(store, federation_id, names_of(settings.federation)))
    if not found:
        raise Stop("no closed case has a verdict and its text; there is nothing to learn from yet")
    return found


def _refuse_loss(examples: "Sequence[Example]", feedback: "Sequence[Example]") -> None:
    from classifiers.promotion import compare

    out.print(f"{len(feedback)} posts with verdicts; comparing on posts kept apart")
    found = compare(examples, feedback)
    out.print(
        f"safeguarding recall {found.safeguarding_before:.3f} without, {found.safeguarding_after:.3f} with them"
    )
    if not found.may_promote:
        raise Stop("the verdicts would lose safeguarding matters; the model stays as it is")


def _own_model(config: Path) -> Path:
    from watcher.models import own_model

    return own_model(config)


def _go_back(config: Path) -> None:
    from classifiers.passport import step_back

    if not step_back(_own_model(config)):
        raise Stop("there is no own model to go back from; the program's own is in use")
    out.print("the model before is in use again; restart the service")


def _refuse_duplicates(pairs: list[tuple[str, str]]) -> None:
    if pairs:
        raise Stop(*(f"{first} and {second} say nearly the same; keep one" for first, second in pairs[:20]))


def _refuse_shared(examples: "Sequence[Example]", file: Path) -> None:
    """Stop where a training post is nearly one of those kept for measuring."""
    from classifiers.records import near_duplicates, read_examples
    from classifiers.text import Names

    measured = read_examples(file, "measured", Names())
    own = {example.id for example in measured}
    pairs = near_duplicates([*measured, *examples])
    _refuse_duplicates([pair for pair in pairs if len(own & set(pair)) == 1])
