"""`watcher explain`: one text, judged before your eyes."""

from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, out, read_config

if TYPE_CHECKING:
    from rich.text import Text as Marked

    from classifiers.judgement import Judgement

STYLES = {
    "safeguarding": "bold red",
    "defamation": "bold yellow",
    "conduct": "bold magenta",
    None: "underline",
}


def explain(
    text: Annotated[str, typer.Argument(help="The words of a post.")],
    config: ConfigOption = CONFIG,
    title: Annotated[str, typer.Option(help="Title of the thread or article.")] = "",
    author: Annotated[str, typer.Option(help="The author's display name.")] = "",
    bio: Annotated[str, typer.Option(help="The author's public profile line.")] = "",
) -> None:
    """Show how one text is judged, with the words that decided. Nothing is stored.

    Example: watcher explain "Our Ava had another seizure at Sandbank Nursery"
    """
    from classifiers.text import Text
    from watcher.decision import decide
    from watcher.matching import names_of
    from watcher.models import judge_of

    settings = read_config(config)
    subject = Text(text=text, title=title, author=author, bio=bio)
    judgement = judge_of(settings).judge([subject], [names_of(settings.federation)])[0]
    decision = decide(judgement)
    out.print(marked(text, judgement))
    out.print(f"\n[bold]{decision.action}[/bold]: {decision.because}")
    for reason in judgement.because:
        out.print(f"- {reason}", markup=False)
    out.print(
        f"\nabout {judgement.about} · safeguarding {judgement.safeguarding} · "
        f"defamation {judgement.defamation} · conduct {judgement.conduct} · tone {judgement.tone}"
    )
    for name, score in judgement.scores.items():
        out.print(f"  {name:<16} {score:5.2f}")


def marked(text: str, judgement: "Judgement") -> "Marked":
    """Return the text with its evidence coloured by concern."""
    from rich.text import Text as Marked

    shown = Marked(text)
    for evidence in judgement.evidence:
        if evidence.field == "text":
            shown.stylize(STYLES[evidence.concern], evidence.start, evidence.end)
    return shown
