"""A configuration for one invented school, with sources and channels of a test's own."""

from pathlib import Path

HEAD = """
[federation]
name = "Hollybush Nursery School"
places = ["Netherbrook"]
[[federation.school]]
name = "Hollybush Nursery School"
aliases = ["Hollybush Nursery"]
ambiguous = ["Hollybush"]
[network]
allow = ["127.0.0.0/8"]
spacing = "0s"
[review]
listen = "127.0.0.1:{port}"
[store]
url = "{store}"
[alerts]
sensitivity = "careful"
per_hour = 60
"""
CHANNEL = """
[[alerts.channel]]
name = "{name}"
url = "mailto://127.0.0.1:{port}/?from=watcher@school.example&to={name}@school.example"
"""


def write_config(
    folder: Path,
    *feeds: str,
    smtp_ports: tuple[int, ...],
    store: str = "sqlite:///w.db",
    port: int = 0,
    more: str = "",
) -> Path:
    """Write a configuration and return its path; one channel for each mail server's port."""
    names = ("head", "deputy", "chair")
    channels = "".join(CHANNEL.format(name=name, port=smtp) for name, smtp in zip(names, smtp_ports, strict=False))
    sources = "".join(
        f'\n[[source]]\nkind = "feed"\nname = "feed {n}"\nurl = "{url}"\n' for n, url in enumerate(feeds)
    )
    path, half = folder / "config.toml", folder / "config.toml.new"
    half.write_text(HEAD.format(port=port, store=store) + channels + sources + more, encoding="utf-8")
    half.replace(path)  # a service that starts meanwhile reads one or the other
    return path


def grave(name: str) -> str:
    """Return a text that names a child with its health and leaves no doubt."""
    return (
        f"Little {name} in Butterflies at Hollybush Nursery had another epileptic seizure today, "
        f"social services came for {name} because dad is in prison and his mum was drunk"
    )
