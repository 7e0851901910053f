"""`watcher evaluate`: how well the judge does on labelled posts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from classifiers.evaluation import Figures
    from classifiers.records import Example


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled posts, JSON Lines.")],
    config: ConfigOption = CONFIG,
    watched: Annotated[str, typer.Option(help='Only records whose "watched" is this.')] = "",
) -> None:
    """Judge labelled posts and compare with the right answers, a keyword list and a dummy.

    Example: watcher evaluate labelled.jsonl --config config.toml
    """
    from classifiers import evaluation
    from classifiers.judge import load_judge
    from watcher.matching import names_of

    settings = read_config(config)
    names = names_of(settings.federation)
    examples = _read(file, names, watched)
    table = Table("sensitivity", "alert precision", "alert recall", "false alerts per 1,000 harmless")
    right = [example.alert for example in examples]
    for word in ("careful", "balanced", "quiet"):
        judged = load_judge(word).judge([example.text for example in examples], [names] * len(examples))
        figures = evaluation.evaluate(examples, judged)
        false = evaluation.false_alerts_per_thousand(examples, judged)
        table.add_row(word, f"{figures[0].precision:.3f}", f"{figures[0].recall:.3f}", f"{false:.0f}")
    precision, recall = evaluation.precision_recall(evaluation.keyword_alerts(examples), right)
    table.add_row("keyword list", f"{precision:.3f}", f"{recall:.3f}", "")
    table.add_row("dummy (always)", f"{sum(right) / len(right):.3f}", "1.000", "1000")
    out.print(table)
    judged = load_judge(settings.alerts.sensitivity).judge(
        [example.text for example in examples], [names] * len(examples)
    )
    out.print(_figures(evaluation.evaluate(examples, judged)))
    error, brier = evaluation.calibration(examples, judged)
    out.print(f"about: accuracy {evaluation.about_accuracy(examples, judged):.3f}")
    out.print(f"alert probability: calibration error {error:.3f}, Brier score {brier:.3f}")


def _figures(found: "list[Figures]") -> Table:
    table = Table("question", "posts", "precision", "recall", "F1", "average precision")
    for row in found:
        cells = (row.precision, row.recall, row.f1, row.average_precision)
        table.add_row(row.question, str(row.count), *(f"{cell:.3f}" for cell in cells))
    return table


def _read(file: Path, names: object, watched: str) -> "list[Example]":
    from classifiers.records import RecordError, example_of

    examples = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            record = json.loads(line)
            if not watched or record.get("watched") == watched:
                examples.append(example_of(record, "", names, f"{file.name} line {number}"))  # type: ignore[arg-type]
    except (OSError, ValueError, RecordError) as error:
        raise Stop(f"{file}: {error}") from error
    if not examples:
        raise Stop(f"{file}: no records to judge")
    return examples
