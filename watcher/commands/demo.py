"""`watcher demo`: the whole service over a sample internet, alerts into a real mail server."""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import Stop, out

if TYPE_CHECKING:
    from watcher.assembly import Parts
    from watcher.demo.mailbox import Mailbox
    from watcher.runner import Polled

#: Kind, name, where it stands, further keys.
SOURCES = (
    ("feed", "Larkfield Gazette", "/paper.xml", ""),
    ("feed", "Village blogs", "/blogs.xml", 'platform = "blog"'),
    ("feed", "Parents' forum", "/forum.json", 'platform = "forum"'),
    ("page", "Review site", "/reviews", 'platform = "review"'),
    ("page", "Noticeboard", "/board", 'item = "li.note"\ntitle = "h3"\ntext = "p"'),
    ("replay", "Social posts", "social.jsonl", ""),
    ("page", "A page that changed", "/moved", 'item = "li.post"'),
    ("feed", "A site in trouble", "/broken", ""),
    ("page", "A page behind a log-in", "/members", 'item = "li.post"'),
    ("feed", "A feed that is gone", "/nothing.xml", ""),
    ("feed", "A hostile feed", "/bomb.xml", ""),
)


def demo(
    output: Annotated[Path, typer.Option(help="Where mails, digest and database are written.")] = Path(
        "demo-output"
    ),
    serve: Annotated[bool, typer.Option("--serve", help="Stay and go on polling until stopped.")] = False,
) -> None:
    """Show the service at work: a sample internet on this computer, the real pipeline, a real mail server.

    Needs no network and no account, ends by itself in under 30 seconds.

    Example: watcher demo
    """
    started = time.monotonic()
    if not find_spec("aiosmtpd"):
        raise Stop("watcher demo needs an extra with a mail server: pip install 'nursery-watcher[demo]'", code=2)
    _fresh(output)
    out.rule("A sample internet, two nursery schools that do not exist")
    with _stage(output) as (config, mailbox):
        from watcher.assembly import assembled
        from watcher.config import load
        from watcher.logs import log_to_stderr
        from watcher.service import Service

        log_to_stderr(logging.ERROR)  # what fails on purpose is told below
        with assembled(load(config)) as parts:
            _show_round(parts.runner.round(everything=True))
            _show_mentions(parts)
            parts.outbox.deliver()
            _show_mails(mailbox)
            _show_digest(parts, output)
            out.print(f"\nfinished in {time.monotonic() - started:.0f} s; everything is in {output}/", markup=False)
            if serve:
                out.print("still polling; stop with Ctrl-C")
                Service(parts).run()


def _fresh(output: Path) -> None:
    """Empty the folder of an earlier demonstration, and no other."""
    if output.exists() and not (output / "demo.toml").exists() and any(output.iterdir()):
        raise Stop(f"{output} holds something else; name another folder with --output")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)


@contextmanager
def _stage(output: Path) -> "Iterator[tuple[Path, Mailbox]]":
    """Raise the sample internet and the mail server, and write the configuration."""
    from watcher.demo.internet import Internet, sample_posts
    from watcher.demo.mailbox import Mailbox
    from watcher.messages import environment

    internet, mailbox = Internet(), Mailbox(output)
    try:
        social = "\n".join(json.dumps(post) for post in sample_posts()["social"])
        (output / "social.jsonl").write_text(social, encoding="utf-8")
        template = environment().get_template("demo.toml.jinja")
        config = output / "demo.toml"
        config.write_text(
            template.render(sources=SOURCES, internet=internet.address, smtp_port=mailbox.port), encoding="utf-8"
        )
        yield config, mailbox
    finally:
        mailbox.close()
        internet.close()


def _show_round(polled: "list[Polled]") -> None:
    out.print("\n[bold]1. Every source is asked[/bold]; what fails is said, and stops nothing else")
    for source in polled:
        sign = "[red]✗[/red]" if source.error else "[green]✓[/green]"
        found = source.error or f"{source.new} posts, {source.saved.mentions if source.saved else 0} about us"
        out.print(f"  {sign} {source.source}: ", end="")
        out.print(found, markup=False)


def _show_mentions(parts: "Parts") -> None:
    from datetime import timedelta

    now = parts.now()
    out.print("\n[bold]2. Every mention is judged[/bold]; here with its reasons, on a page only after signing in")
    colours = {"alert": "red", "digest": "yellow", "quiet": "dim"}
    for mention in parts.store.mentions_between(parts.federation_id, now - timedelta(days=1), now):
        colour = colours[mention.decision]
        out.print(f"  [{colour}]{mention.decision:<6}[/{colour}] ", end="")
        out.print(f"{mention.source}: {' '.join(mention.text.split())[:100]}", markup=False)
        for reason in mention.because:
            out.print(f"           - {reason}", markup=False, style="dim")


def _show_mails(mailbox: "Mailbox") -> None:
    out.print(f"\n[bold]3. The head is told[/bold]: {len(mailbox.mails)} mails arrived; one matter tells once")
    for mail in mailbox.mails:
        page = mail.path.with_suffix(".html")
        page.write_text(mail.part("html"), encoding="utf-8")
        out.print(f"  {mail.subject}  ->  {page}", markup=False)
    if mailbox.mails:
        out.print("\n  The first one:")
        out.print(
            "\n".join(f"    {line}" for line in mailbox.mails[0].part("plain").splitlines()[:18]), markup=False
        )


def _show_digest(parts: "Parts", output: Path) -> None:
    from watcher.digest import preview_digest

    digest = preview_digest(parts.config, parts.store, parts.federation_id, parts.now())
    (output / "digest.html").write_text(digest.html, encoding="utf-8")
    (output / "digest.txt").write_text(digest.text, encoding="utf-8")
    out.print(f"\n[bold]4. On Monday[/bold] the digest: {output / 'digest.html'}")
    out.print("\n".join(f"    {line}" for line in digest.text.splitlines()[:14]), markup=False)
