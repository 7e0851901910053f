"""Rows turned into records, and the one way into the outbox table."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from classifiers.judgement import Evidence
from sources.receipts import Receipt
from watcher.store.records import NewDelivery
from watcher.store.schema import deliveries

Record = TypeVar("Record")


def record_of(kind: type[Record], row: Row[Any]) -> Record:
    """Make a record from a row that has its fields as columns."""
    values = row._mapping
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]  # not every type has fields; all records do


def evidence_of(stored: list[dict[str, Any]] | None) -> tuple[Evidence, ...]:
    """Read evidence back from its JSON column."""
    return tuple(Evidence(**item) for item in stored or ())


def receipts_of(stored: list[dict[str, Any]] | None) -> tuple[Receipt, ...]:
    """Read receipts back from their JSON column."""
    return tuple(
        Receipt(**item | {"at": datetime.fromisoformat(item["at"]), "headers": tuple(map(tuple, item["headers"]))})
        for item in stored or ()
    )


def stored_receipts(receipts: Iterable[Receipt]) -> list[dict[str, Any]]:
    """Return receipts as their JSON column keeps them: without addresses, in which secrets may stand."""
    return [
        {name: value for name, value in asdict(receipt).items() if name != "url"} | {"at": receipt.at.isoformat()}
        for receipt in receipts
    ]


def insert(connection: Connection, table: Any, values: dict[str, Any]) -> int:
    """Insert a row and return its id."""
    key = connection.execute(table.insert().values(values)).inserted_primary_key
    assert key is not None  # noqa: S101  # every table has an id
    return int(key[0])


def insert_if_new(connection: Connection, table: Any, values: dict[str, Any]) -> bool:
    """Insert a row unless a unique key has it already; True where it was inserted."""
    insert_into = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    query = insert_into(table).values(values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(query).first() is not None


def add_deliveries(connection: Connection, federation_id: int, wanted: Iterable[NewDelivery], now: datetime) -> int:
    """Put messages into the outbox; what a channel was told already is left out. Returns how many are new."""
    return sum(
        insert_if_new(
            connection,
            deliveries,
            asdict(delivery) | {"federation_id": federation_id, "state": "pending", "created_at": now},
        )
        for delivery in wanted
    )
