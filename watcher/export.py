"""What leaves the store as files: cases without texts, and what is held on one person. Pure."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from watcher.settings import CONCERNS
from watcher.store.records import CaseRow, MentionRow

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "reference",
    "state",
    "verdict",
    "decision",
    *CONCERNS,
    "opened_at",
    "acknowledged_at",
    "acknowledged_by",
    "assigned_to",
    "closed_at",
)


def cases_csv(cases: Sequence[CaseRow]) -> str:
    """Return the cases as a table for a spreadsheet, in which no cell can run as a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(value) for value in _values(case).values()] for case in cases)
    return target.getvalue()


def cases_json(cases: Sequence[CaseRow]) -> str:
    """Return the cases as JSON."""
    return json.dumps([_values(case) for case in cases], indent=2, ensure_ascii=False)


def person_json(who: str, mentions: Sequence[MentionRow]) -> str:
    """Return everything held that names a person or is signed by them."""
    return json.dumps(
        {"asked_for": who, "held": [_held(mention) for mention in mentions]}, indent=2, ensure_ascii=False
    )


def _values(case: CaseRow) -> dict[str, Any]:
    values = {name: getattr(case, name) for name in _COLUMNS}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _held(mention: MentionRow) -> dict[str, Any]:
    return {
        "address": mention.url,
        "source": mention.source,
        "signed": mention.author,
        "about_the_author": mention.bio,
        "title": mention.title,
        "text": mention.text,
        "published": mention.published_at.isoformat() if mention.published_at else None,
        "first_seen": mention.first_seen_at.isoformat(),
        "judged": {concern: getattr(mention, concern) for concern in CONCERNS},
        "because": list(mention.because),
    }
