"""Mails that are made to break whoever reads them."""


def nested(depth: int) -> bytes:
    head = b"From: googlealerts-noreply@google.com\r\nMIME-Version: 1.0\r\n"
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return head + parts + b"\r\nend"


HOSTILE = {
    "nested deep": nested(2000),
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nwords",
    "many senders": b"From: " + b"a@b.example, " * 20_000 + b"\r\n\r\nwords",
    "long address": b"From: " + b"(" * 50_000 + b"\r\n\r\nwords",
    "many parts": b"From: googlealerts-noreply@google.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 5_000,
    "odd bytes": bytes(range(256)) * 100,
    "odd charset": b"From: googlealerts-noreply@google.com\r\nContent-Type: text/html; charset=undefined\r\n\r\n\xff<p>",
    "open markup": b"From: googlealerts-noreply@google.com\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
}
