"""Figures for Prometheus, read from the store when asked. Counts and times only; never a text or a name."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from watcher.assembly import Parts
from watcher.health import LEFT_AFTER


def exposition(parts: Parts) -> bytes:
    """Return the metrics page."""
    registry = CollectorRegistry()
    _sources(parts, registry)
    for name, meaning, counts in (
        ("watcher_deliveries", "Deliveries by state", parts.store.count_deliveries(parts.federation_id)),
        ("watcher_mentions", "Mentions held, by decision", parts.store.count_mentions(parts.federation_id)),
        ("watcher_cases", "Cases by state", parts.store.count_cases(parts.federation_id)),
    ):
        gauge = Gauge(name, meaning, ["state"], registry=registry)
        for state, count in counts.items():
            gauge.labels(state).set(count)
    _waiting(parts, registry)
    return generate_latest(registry)


def _waiting(parts: Parts, registry: CollectorRegistry) -> None:
    now = parts.now()
    overdue = parts.store.overdue(parts.federation_id, now - LEFT_AFTER)
    left = Gauge("watcher_overdue", "Work that nobody takes up", ["what"], registry=registry)
    left.labels("sources").set(overdue.sources)
    left.labels("messages").set(overdue.messages)
    oldest = parts.store.oldest_unsent(parts.federation_id)
    Gauge(
        "watcher_oldest_unsent_seconds",
        "Age of the oldest message that was tried and not accepted",
        registry=registry,
    ).set((now - oldest).total_seconds() if oldest else 0)


def _sources(parts: Parts, registry: CollectorRegistry) -> None:
    failures = Gauge("watcher_source_failures", "Failed polls in a row", ["source"], registry=registry)
    success = Gauge(
        "watcher_source_last_success_seconds", "Time of the last good poll", ["source"], registry=registry
    )
    for source in parts.store.sources(parts.federation_id):
        failures.labels(source.name).set(source.failures)
        success.labels(source.name).set(source.last_success_at.timestamp() if source.last_success_at else 0)
