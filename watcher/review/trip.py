"""One way to a provider and back. Pure but for its randomness.

The browser carries a cookie; state, nonce and verifier are derived from it with our key. So only the browser that
left can come back, and nothing needs to be kept meanwhile.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

LONGEST_TRIP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Trip:
    """What belongs to one way to the provider and back."""

    state: str = field(repr=False)  #: the provider brings it back
    nonce: str = field(repr=False)  #: the provider signs it
    verifier: str = field(repr=False)  #: PKCE: only we can redeem the code
    wanted: str  #: the page somebody wanted to see


def begin(now: datetime, wanted: str) -> str:
    """Return a new cookie."""
    return f"{int(now.timestamp())}.{secrets.token_urlsafe(16)}.{quote(wanted, safe='')}"


def trip_of(cookie: str, derived: Callable[[str, str], str], now: datetime) -> Trip | None:
    """Return the trip of a cookie, while it lasts. `derived` makes a value of a use and a cookie, with our key."""
    begun, _, rest = cookie.partition(".")
    if not begun.isdecimal() or not 0 <= now.timestamp() - int(begun[:12]) <= LONGEST_TRIP.total_seconds():
        return None
    state, nonce, verifier = (derived(f"trip-{use}", cookie) for use in ("state", "nonce", "verifier"))
    return Trip(state, nonce, verifier, wanted=unquote(rest.partition(".")[2]))
