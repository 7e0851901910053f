"""The promise every source keeps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sources.keys import Key
from sources.parsing import Parsers
from sources.post import Post

if TYPE_CHECKING:  # the children that parse import this module, and no network
    from sources.client import Client


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one poll brought."""

    posts: tuple[Post, ...]  #: new or changed since the cursor, oldest first
    cursor: str  #: where the source got to; opaque to everybody else
    seen: int  #: items the site showed, known ones included; with `unchanged`, those of the last full answer
    unchanged: bool = False  #: the site said "not modified", or sent the same bytes
    pause: timedelta | None = None  #: the site asks not to be polled sooner than this
    gone: frozenset[str] = frozenset()  #: ids of posts of which the site said by itself that they were deleted
    remark: str = ""  #: what people should know of the source although the poll was good
    partial: bool = False  #: by the remark, something could not be seen


class Source(Protocol):
    """One thing to poll."""

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new since `cursor` (None at the first poll).

        Posts that arrive late, back-dated or edited are returned too: a cursor holds seen ids, never a date.
        Asking twice with the same cursor returns the same posts or more. Raises `SourceError`, nothing else.
        """
        ...


@runtime_checkable
class LooksBack(Protocol):
    """What a source can do beside, where the platform keeps older posts."""

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time, oldest first, as far as the platform shows them. Raises `SourceError`."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look back found."""

    posts: tuple[Post, ...]  #: oldest first
    cursor: str  #: as `fetch` returns it, with what the look has cost


@runtime_checkable
class Spends(Protocol):
    """What a source can do that looks back within an allowance, counted in its cursor like a poll's cost."""

    def look_back(self, since: datetime, cursor: str | None) -> Looked:
        """Return the posts since a time, as far as the allowance reaches.

        Raises `SourceError`; its `cursor`, where it has one, says what was spent even so.
        """
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """A post that was handed over earlier."""

    id: str
    url: str  #: "" where there is none


@dataclass(frozen=True, slots=True)
class Checked:
    """What a second look at posts found."""

    gone: frozenset[str]  #: ids of those that were deleted
    cursor: str  #: as `fetch` returns it, with what the look itself has cost


@runtime_checkable
class Rechecks(Protocol):
    """What a source can do beside, where the platform tells of deletions."""

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those of which the platform says so. Raises `SourceError`."""
        ...


@runtime_checkable
class Vouches(Protocol):
    """What a source can do beside, where the platform can be asked about the credential alone."""

    def vouch(self) -> str:
        """Return whose credential the platform knows, in a few words; "" where none is given or nobody can say.

        Costs nothing that is counted. Raises `SourceError`: Refused where it is wrong.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What a source may use."""

    client: "Client"  #: the only way to the network
    parsers: Parsers  #: the only place where fetched bytes are parsed
    names: tuple[str, ...]  #: the federation's names, searched for where `queries` is left out
    now: Callable[[], datetime]  #: aware, UTC


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: what it reads from the configuration and how it is made."""

    name: str  #: the `kind` in the configuration
    sees: str  #: what it can see, in one sentence for a technician
    credential: str  #: what it needs from the platform, or "none"
    limits: str  #: how often it may ask and what it misses
    terms: str  #: what the platform's terms say, in short
    keys: tuple[Key, ...]  #: its own keys beside kind, name and every
    every: timedelta  #: pause between polls where the configuration says nothing
    build: Callable[[Mapping[str, Any], Tools], Source]  #: from checked settings (every key present)
