"""How the polite client behaves."""

from dataclasses import dataclass

from sources.bodies import MIB


@dataclass(frozen=True, slots=True)
class Manners:
    """How the client behaves."""

    product: str = "nursery-watcher"
    notice_url: str = ""  #: page that explains the watching
    allow: tuple[str, ...] = ()  #: private addresses or networks that may be asked, on any port
    ports: tuple[int, ...] = (80, 443)  #: those of public addresses
    spacing: float = 1.0  #: seconds between two requests to one host, and up to a fifth more
    allowed_spacing: float | None = None  #: the same for addresses in `allow`; None: a tenth of `spacing`
    patience: float = 60.0  #: seconds a request waits for its turn at a host
    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    total_timeout: float = 30.0  #: for one answer, robots.txt and redirects included, waiting for turns not
    max_bytes: int = 5 * MIB  #: of a body, on the wire and after decompression
    max_redirects: int = 5

    @property
    def user_agent(self) -> str:
        """Who we are, and where one can read why."""
        return f"{self.product} (+{self.notice_url})" if self.notice_url else self.product
