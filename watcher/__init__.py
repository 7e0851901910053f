"""The service: what is set, what becomes of a post, who is told, and what people do then.

Read first: config.py (what can be set), pipeline.py (the way of a post), runner.py (how sources are polled),
telling.py and outbox.py (how people are told), housekeeping.py (what is due now and then), service.py (all of it,
side by side). Then whatever you came for:

- What can be set: settings.py, secrets.py, contacts.py (who holds which office), provider.py (accounts
  elsewhere), suggestion.py (sources to propose); reference.py writes docs/configuration.md.
- The way of a post: matching.py (is it about us), models.py and judging.py (which model, in which process),
  decision.py, involvement.py (does it accuse those who decide), cases.py (which posts are one matter),
  schedule.py (when a source is asked again), backfill.py (the past), spending.py (what questions beside the polls
  cost).
- Who is told: recipients.py, workdays.py, rendering.py and messages.py (what it says), usefulness.py (how often
  it was right), notify.py (the door to Apprise).
- What is due now and then: digest.py, troubles.py (technical), proofs.py (does a channel reach anybody),
  drill.py (is a planted post recognised); lifesign.py and health.py (is the watcher itself well).
- What people take away: evidence.py and paper.py, export.py, coverage.py (where nobody can look), feedback.py
  (what the model learns from them).
- How it is put together: assembly.py, solitude.py (one process on SQLite), tasks.py (many on PostgreSQL),
  logs.py, versions.py, mendable.py (errors told in a sentence), failpoints.py (places to die at, for tests).
- commands/ (what a technician types), review/ (the page), store/ (the database), templates/ (every word people
  read).
"""

__version__ = "0.1.0"
