"""`watcher evaluate`: how well the judge does on labelled posts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifiers.evaluation import Figures
    from classifiers.fairness import Group
    from classifiers.judgement import Judgement
    from classifiers.records import Example
    from classifiers.text import Names

SENSITIVITIES = ("careful", "balanced", "quiet")


@dataclass(frozen=True, slots=True)
class Row:
    """One judge: the program's at one sensitivity, a simpler one, or the model before."""

    name: str
    precision: float
    recall: float
    false_alerts: float  #: per 1,000 harmless posts


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled posts, JSON Lines.")],
    config: ConfigOption = CONFIG,
    watched: Annotated[str, typer.Option(help='Only records whose "watched" is this.')] = "",
    page: Annotated[Path | None, typer.Option(help="Write everything with its curves as a web page.")] = None,
    previous: Annotated[Path | None, typer.Option(help="Another model file to compare with.")] = None,
) -> None:
    """Judge labelled posts and compare with the right answers, a keyword list, a dummy and another model.

    Example: watcher evaluate labelled.jsonl --config config.toml --page figures.html
    """
    from classifiers import evaluation, fairness
    from watcher.matching import names_of
    from watcher.models import judge_of

    settings = read_config(config)
    examples = labelled(file, names_of(settings.federation), watched)
    judge = judge_of(settings)
    judged = judge.judge([one.text for one in examples], [one.names for one in examples])
    rows = _judges(examples, previous)
    groups = fairness.by_group(examples, evaluation.alerts_of(judged))
    figures = evaluation.evaluate(examples, judged)
    for table in (_judge_table(rows), _figure_table(figures), _group_table(groups)):
        out.print(table)
    error, brier = evaluation.calibration(examples, judged)
    out.print(f"about: accuracy {evaluation.about_accuracy(examples, judged):.3f}")
    out.print(f"alert probability: calibration error {error:.3f}, Brier score {brier:.3f}")
    if page:
        page.write_text(_page(examples, judged, judge.model, rows, groups), encoding="utf-8")
        out.print(f"written: {page}")


def _judges(examples: "Sequence[Example]", previous: Path | None) -> list[Row]:
    from classifiers import evaluation
    from classifiers.judge import MODEL
    from watcher.models import judge_from

    texts, names = [one.text for one in examples], [one.names for one in examples]
    told = {word: evaluation.alerts_of(judge_from(word, MODEL).judge(texts, names)) for word in SENSITIVITIES}
    if previous:
        told["the other model"] = evaluation.alerts_of(judge_from("balanced", previous).judge(texts, names))
    told["keyword list"] = evaluation.keyword_alerts(examples)
    told["dummy (always)"] = [True] * len(examples)
    return [_row(name, examples, alerts) for name, alerts in told.items()]


def _row(name: str, examples: "Sequence[Example]", told: "Sequence[bool]") -> Row:
    from classifiers import evaluation

    right = [one.alert for one in examples]
    precision, recall = evaluation.precision_recall(told, right)
    false = sum(alert and not grave for alert, grave in zip(told, right, strict=True))
    return Row(name, precision, recall, 1000 * false / max(right.count(False), 1))


def _page(
    examples: "Sequence[Example]",
    judged: "Sequence[Judgement]",
    model: str,
    rows: list[Row],
    groups: "list[Group]",
) -> str:
    from classifiers import evaluation
    from watcher.messages import environment

    error, brier = evaluation.calibration(examples, judged)
    return (
        environment()
        .get_template("evaluation.html.jinja")
        .render(
            posts=len(examples),
            alerts=sum(one.alert for one in examples),
            model=model,
            judges=rows,
            groups=groups,
            figures=evaluation.evaluate(examples, judged),
            about=evaluation.about_accuracy(examples, judged),
            error=error,
            brier=brier,
            curve=_points(evaluation.curve(examples, judged)),
            reliability=_points(evaluation.reliability(examples, judged)),
            errors=evaluation.worst(examples, judged),
        )
    )


def _points(pairs: "Sequence[tuple[float, float]]") -> str:
    """Return the points of a curve in a square of 300, its origin at the lower left."""
    return " ".join(f"{10 + 300 * x:.1f},{310 - 300 * y:.1f}" for x, y in pairs)


def _judge_table(rows: list[Row]) -> Table:
    table = Table("judge", "alert precision", "alert recall", "false alerts per 1,000 harmless")
    for row in rows:
        table.add_row(row.name, f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.false_alerts:.0f}")
    return table


def _figure_table(found: "list[Figures]") -> Table:
    table = Table("question", "posts", "precision", "recall", "F1", "average precision")
    for row in found:
        cells = (row.precision, row.recall, row.f1, row.average_precision)
        table.add_row(row.question, str(row.count), *(f"{cell:.3f}" for cell in cells))
    return table


def _group_table(groups: "list[Group]") -> Table:
    table = Table("group", "posts", "alerts", "recall", "share of harmless told")
    for row in groups:
        table.add_row(row.name, str(row.posts), str(row.alerts), f"{row.recall:.3f}", f"{row.false_share:.3f}")
    return table


def labelled(file: Path, names: "Names", watched: str) -> "list[Example]":
    """Read labelled posts of one school. Raises Stop where one is malformed or none is left."""
    from classifiers.records import RecordError, example_of

    examples = []
    try:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            record = json.loads(line)
            if not watched or record.get("watched") == watched:
                examples.append(example_of(record, "", names, f"{file.name} line {number}"))
    except (OSError, ValueError, RecordError) as error:
        raise Stop(f"{file}: {error}") from error
    if not examples:
        raise Stop(f"{file}: no records to judge")
    return examples
