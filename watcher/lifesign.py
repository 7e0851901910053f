"""A sign of life to somewhere else, so that silence is noticed there: a dead-man's switch."""

import structlog

from sources.errors import SourceError
from watcher.assembly import Parts
from watcher.health import LEFT_AFTER, left_lying
from watcher.troubles import FAILING_AFTER

log = structlog.get_logger()


def give_sign(parts: Parts) -> bool:
    """Ask the configured address where all is well; True where it answered."""
    address = parts.config.health.ping
    if not address or not is_well(parts):
        return False
    try:
        parts.client.get(address, robots=False)
    except SourceError as error:  # the address may be a secret, so the message is not told
        log.warning("the sign of life was not taken", kind=type(error).__name__)
        return False
    return True


def is_well(parts: Parts) -> bool:
    """Tell whether all due work is taken up and at least one channel takes its messages. Raises StoreError."""
    store, federation_id, now = parts.store, parts.federation_id, parts.now()
    if left_lying(store.overdue(federation_id, now - LEFT_AFTER)):
        return False
    failing = {name for name, _ in store.failing_channels(federation_id, now - FAILING_AFTER)}
    return not {channel.name for channel in parts.config.alerts.channels} <= failing
