"""What the service answers over HTTP: liveness, metrics, and the page on which people decide."""
