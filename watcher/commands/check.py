"""`watcher check`: does everything answer?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from watcher.config import Config


def check(
    config: ConfigOption = CONFIG,
    send_test: Annotated[bool, typer.Option("--send-test", help="Send a test message to every channel.")] = False,
) -> None:
    """Say of the configuration, versions, store, every source and channel, people and sign-in whether it is well.

    Channels get a message only with --send-test. Exits 0 where all is well.

    Example: watcher check --send-test
    """
    settings = read_config(config)
    out.print(f"configuration: {config} is well", markup=False)
    faults = [
        *_told("versions", _versions()),
        *_told("model", _model(settings)),
        *_told("store", _store(settings)),
        *_told("sources", _sources(settings)),
        *_told("channels", _channels(settings, send_test)),
        *_told("people", _people(settings)),
        *_told("sign-in", _sign_in(settings)),
    ]
    if faults:
        raise Stop(*faults)
    out.print("all is well")


Finding = tuple[str, str]  #: what was looked at with what was found, and a fault or ""


def _told(title: str, findings: Iterator[Finding]) -> list[str]:
    """Print findings as they come; return the faults."""
    faults = []
    out.print(f"{title}:")
    for found, fault in findings:
        out.print(f"  {'!' if fault else '·'} {found}{f': {fault}' if fault else ''}", markup=False)
        if fault:
            faults.append(f"{found}: {fault}")
    return faults


def _versions() -> Iterator[Finding]:
    from watcher.versions import known_bad, versions

    for name, version in versions().items():
        warning = known_bad(name, version)
        # A warning, not a failure: a school cannot always change the Python it was given.
        yield f"{name} {version}{f' (! {warning})' if warning else ''}", ""


def _model(config: "Config") -> Iterator[Finding]:
    from watcher.mendable import Mendable
    from watcher.models import judge_of

    try:
        judge = judge_of(config)
        yield f"{judge.model}, {config.alerts.sensitivity}", ""
    except Mendable as error:
        yield "model", str(error)


def _store(config: "Config") -> Iterator[Finding]:
    from watcher.store import StoreError, file_of, open_store

    kind = "SQLite" if file_of(config.store_url) else "PostgreSQL"
    try:
        with open_store(config.store_url):
            yield f"{kind} answers, schema up to date", ""
    except StoreError as error:
        yield kind, str(error)


def _sources(config: "Config") -> Iterator[Finding]:
    from sources.errors import SourceError
    from sources.registry import KINDS
    from sources.source import Vouches
    from watcher.assembly import polite_tools, utc_now
    from watcher.spending import opened_till

    if not config.sources:
        yield "none configured", "add a [[source]]; `watcher sources --kinds` lists the kinds"
    with polite_tools(config, utc_now) as tools, opened_till(config, utc_now) as till:
        for source in config.sources:
            name = f'"{source.name}" ({source.kind})'
            try:
                built = KINDS[source.kind].build(source.settings, tools)
                if isinstance(built, Vouches) and (whose := built.vouch()):
                    yield f"{name} credential accepted: {whose}", ""
                fetched = till.tried(source.name, built)
                yield f"{name} answers, {fetched.seen} items{f'; {fetched.remark}' if fetched.remark else ''}", ""
            except SourceError as error:
                yield name, str(error)


def _channels(config: "Config", send_test: bool) -> Iterator[Finding]:
    from watcher.messages import trial
    from watcher.notify import Fate, send, understands

    for channel in config.alerts.channels:
        name = f'"{channel.name}"'
        if not understands(channel.url):
            yield name, "its address is not one that Apprise understands"
        elif not send_test:
            yield f"{name} understood, not contacted (--send-test sends a message)", ""
        else:
            outcome = send(channel.url, trial(config.federation.name, channel.name), "test")
            yield f"{name} {'accepted a test message' if outcome.fate is Fate.SENT else ''}", outcome.error


#: What follows where nobody holds an office.
_MISSED = {
    "head": "what is alleged of the safeguarding lead goes to the usual channels but theirs",
    "dsl": "what is alleged of the safeguarding lead goes to them as to everybody",
    "chair": "what is alleged of the head goes to the head as to everybody",
    "technician": "technical trouble goes to everybody",
}


def _people(config: "Config") -> Iterator[Finding]:
    from watcher.contacts import channel_of

    for office, missed in _MISSED.items():
        channel = channel_of(config.alerts.contacts, office)
        # Told, but no failure: a small school has no technician of its own.
        told = f'"{channel}"' if channel else f"no channel, so {missed}"
        yield f"{office}: {told}", ""


def _sign_in(config: "Config") -> Iterator[Finding]:
    from watcher.assembly import utc_now
    from watcher.review.accounts import NotSignedIn
    from watcher.review.doors import open_openid

    provider = config.review.openid
    if provider is None:
        yield "with passwords and codes of this page; no [review.openid]", ""
        return
    try:
        yield open_openid(config, provider, utc_now).check(), ""
    except NotSignedIn as error:
        yield f"{provider.name} ({provider.issuer})", " ".join(getattr(error, "__notes__", ["cannot be asked"]))
