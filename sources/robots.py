"""robots.txt by RFC 9309. The one door to protego."""

from dataclasses import dataclass
from datetime import timedelta

from protego import Protego

PRODUCT = "nursery-watcher"
LARGEST = 500 * 1024  #: bytes of a robots.txt that are read
KEPT = timedelta(hours=24)
LONGEST_DELAY = 60.0  #: seconds between requests that a site may ask for


@dataclass(frozen=True, slots=True)
class Robots:
    """What one site allows us."""

    rules: Protego | None  #: None: everything is allowed

    def allows(self, url: str) -> bool:
        """Tell whether the address may be asked."""
        return self.rules is None or bool(self.rules.can_fetch(url, PRODUCT))

    @property
    def delay(self) -> float:
        """The pause between requests the site asks for, in seconds."""
        asked = self.rules.crawl_delay(PRODUCT) if self.rules else None
        return min(float(asked or 0.0), LONGEST_DELAY)


ALL_ALLOWED = Robots(None)


def read_robots(body: bytes) -> Robots:
    """Read a robots.txt; what cannot be understood in it forbids nothing."""
    return Robots(Protego.parse(body[:LARGEST].decode("utf-8", "replace")))
