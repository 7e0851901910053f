"""`watcher users`: who may sign in to the review page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.store import Store
    from watcher.store.records import Person

app = typer.Typer(
    no_args_is_help=True,
    help="Say who may sign in to the review page.\n\nExample: watcher users add head@school.example --role head",
)


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="What they sign in with.")],
    role: Annotated[str, typer.Option(help="head, deputy, dsl, chair, governor, dpo or technician")],
    name: Annotated[str, typer.Option(help="How colleagues will see them named.")] = "",
    config: ConfigOption = CONFIG,
) -> None:
    """Invite somebody, or let them choose a new password and second factor.

    Prints an address, good once and for three days. Hand it to that person alone. Where only accounts elsewhere do
    ([review.openid] passwords = false), it says where they sign in instead.

    Example: watcher users add head@school.example --role head --name "Ann Archer"
    """
    from watcher.review.accounts import Accounts, sealing_key
    from watcher.review.roles import ROLES

    if role not in ROLES:
        raise Stop(f"--role: expected one of {', '.join(ROLES)}; got {role!r}", code=2)
    if email.count("@") != 1:
        raise Stop(f"EMAIL: expected an e-mail address; got {email!r}", code=2)
    with _opened(config) as (settings, store, federation_id):
        from watcher.assembly import utc_now

        accounts = Accounts(store, federation_id, sealing_key(settings, store), utc_now)
        invitation = accounts.invite(name or email, email, role, "terminal")
    provider = settings.review.openid
    if provider and not provider.passwords:
        out.print(f"They sign in at {settings.review.base_url}/sign-in with {provider.name}", markup=False)
        return
    out.print(f"{settings.review.base_url}/join/{invitation}", markup=False)
    out.print("Hand this address to them alone; it works once, for three days.")


@app.command("list")
def list_(config: ConfigOption = CONFIG) -> None:
    """List who may sign in.

    Example: watcher users list
    """
    with _opened(config) as (_, store, federation_id):
        table = Table("e-mail", "name", "role", "state")
        for person in store.people(federation_id):
            table.add_row(person.email, person.name, person.role, _state(person))
    out.print(table)


@app.command()
def remove(
    email: Annotated[str, typer.Argument(help="What they sign in with.")], config: ConfigOption = CONFIG
) -> None:
    """End somebody's access at once.

    Example: watcher users remove head@school.example
    """
    from watcher.assembly import utc_now

    with _opened(config) as (_, store, federation_id):
        store.remove_person(federation_id, email.strip().lower(), utc_now(), "terminal")
    out.print(f"{email} can no longer sign in", markup=False)


def _state(person: "Person") -> str:
    ways = (("a password", person.password), ("an account elsewhere", person.subject))
    joined = [way for way, known in ways if known]
    return f"joined with {' and '.join(joined)}" if joined else "invited"


@contextmanager
def _opened(path: ConfigOption) -> "Iterator[tuple[Config, Store, int]]":
    from watcher.assembly import utc_now
    from watcher.store import open_store

    settings = read_config(path)
    with open_store(settings.store_url) as store:
        reference = settings.alerts.reference
        yield settings, store, store.ensure_federation(settings.federation.name, reference, utc_now())
