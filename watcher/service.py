"""The service: polling, delivery, housekeeping and the review address side by side in one process.

Each duty is a loop on its own thread. A loop that fails is logged and goes on; one that stands still shows in
/healthz and starves the watchdog, so that systemd restarts the service.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from watcher.assembly import Parts
from watcher.housekeeping import keep_house
from watcher.lifesign import give_sign
from watcher.review.server import ReviewServer
from watcher.runner import Lanes

STOP_WITHIN = 8.0  #: seconds for loops to end before the process leaves without them
IDLE = 300.0  #: seconds after which what nobody needs is let go
STALE = timedelta(minutes=3)  #: a duty that has not ended a round for so long stands still
log = structlog.get_logger()


@dataclass(slots=True)
class Duty:
    """One loop of the service."""

    name: str
    work: Callable[[], object]
    pause: float  #: seconds between rounds
    last_round: datetime | None = None
    last_error: str = ""


@dataclass(slots=True)
class Service:
    """Runs until told to stop."""

    parts: Parts
    stopping: threading.Event = field(default_factory=threading.Event)
    duties: list[Duty] = field(default_factory=list)
    page_only: bool = False  #: workers do the rest
    pause: float = 1.0  #: seconds between two looks for what is due
    beat: float = 10.0  #: seconds between two signs of life for systemd; housekeeping comes every third

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self.serve()

    def serve(self) -> None:
        """Serve until `stopping` is set."""
        lanes = Lanes(self.parts.runner)
        if not self.page_only:
            self.duties = [
                Duty("polling", lanes.fill, self.pause),
                Duty("delivery", self.parts.outbox.deliver, self.pause),
                Duty("housekeeping", lambda: keep_house(self.parts), 3 * self.beat),
                Duty("sign of life", self._give_sign, 6 * self.beat),
                Duty("resting", lambda: self.parts.rest(IDLE), 3 * self.beat),
            ]
        server = ReviewServer(self.parts, self.standing_still)
        server.start()
        threads = [threading.Thread(target=self._loop, args=(duty,), daemon=True) for duty in self.duties]
        for thread in threads:
            thread.start()
        log.info("service started", sources=len(self.parts.config.sources), listen=server.address)
        tell_systemd("READY=1")
        while not self.stopping.wait(self.beat):
            self._feed_watchdog()
        tell_systemd("STOPPING=1")
        server.stop()
        self._leave(threads, lanes)

    def standing_still(self) -> list[str]:
        """Return the names of duties that have not ended a round lately."""
        now = self.parts.now()
        return [duty.name for duty in self.duties if duty.last_round and now - duty.last_round > STALE]

    def _give_sign(self) -> None:
        if not self.standing_still():
            give_sign(self.parts)

    def _loop(self, duty: Duty) -> None:
        duty.last_round = self.parts.now()
        while not self.stopping.is_set():
            try:
                duty.work()
                duty.last_error = ""
            except Exception as error:  # a duty must outlive whatever goes wrong in one round
                duty.last_error = f"{type(error).__name__}: {error}"
                log.exception("duty failed", duty=duty.name)
                self.stopping.wait(10.0)
            duty.last_round = self.parts.now()
            self.stopping.wait(duty.pause)

    def _feed_watchdog(self) -> None:
        if not self.standing_still():
            tell_systemd("WATCHDOG=1")

    def _leave(self, threads: list[threading.Thread], lanes: Lanes) -> None:
        end = time.monotonic() + STOP_WITHIN
        ended = lanes.close(STOP_WITHIN / 2)
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0.0))
        if not ended or any(thread.is_alive() for thread in threads):
            # Whatever is unfinished has not moved a cursor and is done again at the next start.
            log.warning("stopped with unfinished work", duties=[duty.name for duty in self.duties])
            os._exit(0)
        log.info("service stopped")

    def _stop(self, *_: object) -> None:
        # A signal interrupts the main thread, perhaps while it holds the event's own lock.
        threading.Thread(target=self.stopping.set).start()


def tell_systemd(state: str) -> None:
    """Send a notification where systemd gave us a socket for it; elsewhere do nothing.

    A service neither ends nor hangs because nobody listens there.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.settimeout(1.0)
        try:
            wire.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as error:
            log.warning("systemd does not listen", state=state, error=str(error))
