"""A network in which public addresses stand for local servers, and which remembers every connection asked for."""

from collections.abc import Callable, Mapping
from typing import Any

import httpcore

PUBLIC = "93.184.216.34"  #: what names resolve to in these tests


class LabNetwork(httpcore.NetworkBackend):
    """Connects for real, to (host, port) of `servers` where an address is listed there, else where it was told.

    On a port of `ports` a listed address is the server that stands there.
    """

    def __init__(
        self,
        servers: Mapping[str, tuple[str, int]] | None = None,
        ports: Mapping[int, tuple[str, int]] | None = None,
    ) -> None:
        self.asked: list[tuple[str, int]] = []
        self._servers = dict(servers or {})
        self._ports = dict(ports or {})
        self._real = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.NetworkStream:
        """Connect to the server that stands for an address."""
        self.asked.append((host, port))
        place = self._servers.get(host, (host, port))
        place = self._ports.get(port, place) if host in self._servers else place
        return self._real.connect_tcp(*place, *args, **options)


def resolving(*answers: list[str]) -> Callable[[str, int], list[str]]:
    """Return a resolver that gives one answer after the other, and the last for ever."""
    left = list(answers)
    return lambda host, port: left.pop(0) if len(left) > 1 else left[0]
