"""Secrets: `${NAME}` in a value is replaced from the environment, or from the file that `NAME_FILE` names."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sources.keys import Fault, Key

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class _Hidden:
    def __repr__(self) -> str:
        return "a value that is not shown"


HIDDEN = _Hidden()  #: what stands in a message for a value that is a secret, or may hold one


class _Missing(LookupError):
    """A secret that is not there; the message completes "expected ..."."""


def fill(table: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """Return the table with every placeholder replaced, and a fault for each key whose secret is missing."""
    filled: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, value in table.items():
        try:
            filled[key] = _fill(value, environment)
        except _Missing as missing:
            faults.append(Fault(key, str(missing), value))
    return filled, faults


def shown(name: str, value: Any, keys: tuple[Key, ...]) -> Any:
    """Return what a message may show of a key's value in a table of `keys`: a secret's only as a placeholder.

    A key that is not known there may be a secret's, misspelt; an address with a user in it may hold a password.
    """
    is_secret = next((key.secret for key in keys if key.name == name), any(key.secret for key in keys))
    if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
        return value
    return HIDDEN if is_secret or re.search(r"//[^/\s]*@", str(value)) else value


def _fill(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _look_up(found[1], environment), value)
    if isinstance(value, list):
        return [_fill(item, environment) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, environment) for key, item in value.items()}
    return value


def _look_up(name: str, environment: Mapping[str, str]) -> str:
    if name in environment:
        return environment[name]
    if f"{name}_FILE" in environment:
        try:
            return Path(environment[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise _Missing(f"{name}_FILE to name a readable file ({error.strerror})") from error
    raise _Missing(f"the environment variable {name} (or {name}_FILE naming a file) to be set")
