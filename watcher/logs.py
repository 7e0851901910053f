"""Logs: events with fields, one JSON object a line on standard error. Never a post's text, a name or a secret."""

import logging
import sys

import structlog


def log_to_stderr(least: int = logging.INFO) -> None:
    """Send events to standard error, those of level `least` and worse."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Apprise tells recipients at INFO and signed addresses at DEBUG; httpx tells addresses at INFO.
    for name in ("apprise", "httpx", "httpcore", "uvicorn", "alembic", "feedparser", "procrastinate"):
        logging.getLogger(name).setLevel(logging.CRITICAL if name == "apprise" else logging.WARNING)
