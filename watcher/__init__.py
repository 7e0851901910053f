"""The service: configuration, matching, pipeline, store, outbox, digest and commands.

Reading order: config.py, pipeline.py (the way of a post), runner.py (when it happens), outbox.py (how the head
is told), then whatever you came for.
"""

__version__ = "0.1.0"
