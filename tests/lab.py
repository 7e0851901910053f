"""A laboratory: a small internet of scripted sites on loopback, asked by the real client at the real addresses."""

import random
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import trustme
from lab_network import PUBLIC, LabNetwork, resolving
from web_server import WebServer

from sources.client import Client
from sources.keys import read_table
from sources.manners import Manners
from sources.registry import KINDS
from sources.source import Source, Tools

AUTHORITY = trustme.CA()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Place(NamedTuple):
    """Where a server of another making stands."""

    host: str
    port: int


@contextmanager
def serving(*hosts: str) -> Iterator[WebServer]:
    """Serve https for the given names on one server."""
    with WebServer(certificate=AUTHORITY.issue_cert(*hosts)) as server:
        yield server


@contextmanager
def asking(server: WebServer | Place, ports: Mapping[int, tuple[str, int]] | None = None) -> Iterator[Client]:
    """Yield a client for which every name leads to the server, on whatever port but those of other servers."""
    trusting = ssl.create_default_context()
    AUTHORITY.configure_trust(trusting)
    client = Client(
        Manners(spacing=0.0, read_timeout=2.0, total_timeout=5.0),
        now=lambda: NOW,
        resolve=resolving([PUBLIC]),
        network=LabNetwork({PUBLIC: (server.host, server.port)}, ports),
        verify=trusting,
        jitter=random.Random(1),
    )
    try:
        yield client
    finally:
        client.close()


def made(kind: str, tools: Tools, **table: Any) -> Source:
    """Return a source of a kind, made from its keys as they would stand in the TOML file."""
    settings, faults = read_table(table, KINDS[kind].keys)
    assert not faults
    return KINDS[kind].build(settings, tools)
