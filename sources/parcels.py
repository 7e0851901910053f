"""Values on their way between the service and the children that parse."""

import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from typing import IO, Any

from sources.errors import SourceError

LARGEST = 64 * 1024 * 1024  #: bytes of a call or its result
#: What `pack` raises of a value that cannot travel.
UNPACKABLE = (pickle.PicklingError, TypeError, AttributeError, RecursionError)
_HEAD = 8  #: bytes that say how long a parcel is

#: What a result may be made of, beside plain values and this package's dataclasses, enumerations and errors.
_PLAIN = {
    "builtins": {"set", "frozenset"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
}


class Broken(Exception):
    """A parcel did not arrive whole, or holds what no parcel may hold."""


def pack(value: Any) -> bytes:
    """Turn a value into bytes."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def write_parcel(pipe: IO[bytes], parcel: bytes) -> None:
    """Send a parcel. Raises OSError."""
    pipe.write(len(parcel).to_bytes(_HEAD, "big") + parcel)
    pipe.flush()


def read_parcel(pipe: IO[bytes]) -> bytes:
    """Receive a parcel. Raises Broken where the other side is gone, OSError."""
    head = pipe.read(_HEAD)
    length = int.from_bytes(head, "big")
    if len(head) < _HEAD or length > LARGEST:
        raise Broken("no parcel came")
    parcel = pipe.read(length)
    if len(parcel) < length:
        raise Broken("half a parcel came")
    return parcel


def unpack_call(parcel: bytes) -> Any:
    """Turn bytes into the call they came from. For a child, which trusts its parent."""
    return pickle.loads(parcel)  # noqa: S301  # only the process that started this child can write to its pipe


def unpack_outcome(parcel: bytes) -> tuple[SourceError | tuple[Any], int]:
    """Turn bytes into a call's outcome and the MiB by which the child has grown. Raises Broken.

    For the parent, which does not trust a child: it has read hostile bytes, and should they have taken it over,
    its answer still cannot run anything here.
    """
    try:
        outcome, grown_mib = _OutcomeUnpickler(io.BytesIO(parcel)).load()
    except Exception as error:  # damaged bytes can make pickle raise anything, and all of it means the same
        raise Broken(f"{type(error).__name__}: {error}"[:200]) from error
    is_result = isinstance(outcome, tuple) and len(outcome) == 1
    if not (is_result or isinstance(outcome, SourceError)) or not isinstance(grown_mib, int):
        raise Broken("it is neither a result nor an error")
    return outcome, grown_mib


class _OutcomeUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Find a class that a result may be made of."""
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.partition(".")[0] == "sources" and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum | SourceError)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} may not be in a result")
