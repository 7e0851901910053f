"""`watcher poll`: one round, now."""

import logging
from typing import TYPE_CHECKING

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from watcher.outbox import Delivered
    from watcher.runner import Polled


def poll(config: ConfigOption = CONFIG) -> None:
    """Ask every source once, now, whether due or not; deliver what is due; then stop.

    Exits 0 where every source answered and every message was accepted.

    Example: watcher poll --config config.toml
    """
    from watcher.assembly import assembled
    from watcher.housekeeping import keep_house
    from watcher.logs import log_to_stderr

    settings = read_config(config)
    log_to_stderr(logging.WARNING)
    with assembled(settings) as parts:
        polled = parts.runner.round(everything=True)
        keep_house(parts)
        delivered = parts.outbox.deliver()
    _report(polled, delivered)


def _report(polled: "list[Polled]", delivered: "Delivered") -> None:
    for source in polled:
        saved = source.saved
        about_us, alerts = (saved.mentions, saved.alerts) if saved else (0, 0)
        found = f"{source.new} new, {about_us} about us, {alerts} to tell now"
        out.print(f"{source.source}: {source.error or found}", markup=False)
    out.print(f"messages sent: {delivered.sent}")
    failed = [source.source for source in polled if source.error]
    if failed or delivered.failed:
        raise Stop(
            *(f"not read: {name}" for name in failed),
            *([f"not accepted: {delivered.failed} messages; they will be sent again"] if delivered.failed else []),
        )
