"""What the service answers over HTTP: liveness, metrics, and the page on which people decide.

Reading order: server.py (the application), doors.py (every address, and the right it asks for), guard.py (what
happens before a door opens), roles.py (who may do what), visit.py (one request, as a page sees it). Then the
pages: casepages.py, otherpages.py, feed.py (one's account, and a feed for a reader), with views.py and pages.py;
and how people get in: entry.py and accounts.py (password and code), throttle.py (how often), elsewhere.py,
trip.py and openid.py (an account elsewhere). metrics.py is for Prometheus.
"""
