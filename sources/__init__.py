"""Where posts come from.

This package turns what a site sends into `Post` values. It knows nothing of schools, judgements, alerts or
databases, and it remembers nothing: every `Source.fetch` takes the cursor of the last poll and returns the next.

Reading order: post.py (the value), source.py (the promise), registry.py (the list), then one module per kind.
"""
