"""Where connections go: to checked public addresses, and nowhere else."""

import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from address_vectors import PRIVATE
from lab_network import PUBLIC, LabNetwork, resolving
from web_server import Answer, WebServer, redirect

from sources.client import Client
from sources.errors import Malformed, Refused, SourceError, Unreachable
from sources.manners import Manners

FRONT = "127.0.0.2"


@pytest.fixture
def canary() -> Iterator[WebServer]:
    """A server at an address that may not be asked, though its port may."""
    with WebServer() as server:
        server.routes["/"] = b"alive"
        yield server


@pytest.fixture
def front() -> Iterator[WebServer]:
    """A server that may be asked."""
    with WebServer(FRONT) as server:
        yield server


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def careful(network: LabNetwork, *answers: list[str], allow: tuple[str, ...] = (FRONT,), port: int = 80) -> Client:
    """Return a client for which only the address is in the way: the port is allowed everywhere."""
    manners = Manners(allow=allow, ports=(port,), spacing=0.0, connect_timeout=1.0, total_timeout=2.0)
    return Client(manners, network=network, resolve=resolving(*(answers or (["127.0.0.1"],))))


#: Ways to write 127.0.0.1, or a name that resolves to it, before the port.
TARGETS = [
    *("127.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0x7f.1", "0177.0.0.1"),
    *("127.000.000.001", "127.0.0.1.", "0", "0.0.0.0", "127.255.255.254", "10.0.0.1", "169.254.169.254"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[fe80::1%lo]", "[fec0::1]", "[::1%25lo]"),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127。0。0。1",
        "127．0．0．1",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "%31%32%37.0.0.1",
    ),
    *("user@127.0.0.1", "news.example@127.0.0.1", "news.example:80@127.0.0.1", "news.example%40@127.0.0.1"),
    *(
        "news.example\\@127.0.0.1",
        "127.0.0.1\\@news.example",
        "127.0.0.1%2f@news.example",
        "127.0.0.1%00.news.example",
    ),
    *("127.0.0.1\t", "127.0.0.1 ", "127.0.0.1\\", "127.0.0.1.nip.example", "xn--127-.example", "news.example"),
]


def test_without_the_rule_the_canary_must_sing(canary: WebServer) -> None:
    network = LabNetwork()
    with closing(careful(network, allow=("127.0.0.1",))) as careless:
        assert careless.get(canary.url("/"), robots=False).body == b"alive"
    assert (canary.connections, network.asked) == (1, [("127.0.0.1", canary.port)])


@pytest.mark.parametrize("target", TARGETS)
def test_no_spelling_must_reach_a_private_address(target: str, canary: WebServer) -> None:
    network = LabNetwork()
    client = careful(network, port=canary.port)
    with pytest.raises(Refused):
        client.get(f"http://{target}:{canary.port}/", robots=False)
    with pytest.raises(Refused):
        client.get(f"http://{target}:{canary.port}/")
    assert (canary.connections, network.asked) == (0, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", TARGETS)
def test_no_redirect_must_reach_a_private_address(
    target: str, status: int, canary: WebServer, front: WebServer
) -> None:
    network = LabNetwork()
    location = f"http://{target}:{canary.port}/".encode().decode("latin-1")
    front.routes["/out"] = redirect(location, status)
    with closing(careful(network, port=canary.port)) as client, pytest.raises((Refused, Malformed)):
        client.get(front.url("/out"), robots=False)
    assert (canary.connections, network.asked) == (0, [(FRONT, front.port)])


@pytest.mark.parametrize(
    "location", ["//127.0.0.1:{}/", "/\\127.0.0.1:{}/", "\\\\127.0.0.1:{}\\", "http:\\\\127.0.0.1:{}/"]
)
def test_no_relative_redirect_must_reach_a_private_address(
    location: str, canary: WebServer, front: WebServer
) -> None:
    network = LabNetwork()
    front.routes["/out"] = redirect(location.format(canary.port))
    with closing(careful(network, port=canary.port)) as client, pytest.raises(Refused):
        client.get(front.url("/out"), robots=False)
    assert (canary.connections, {host for host, _ in network.asked}) == (0, {FRONT})


def test_a_robots_txt_must_not_lead_to_a_private_address(canary: WebServer, front: WebServer) -> None:
    network = LabNetwork()
    front.routes["/robots.txt"] = redirect(canary.url("/"))
    with closing(careful(network, port=canary.port)) as client, pytest.raises(Refused):
        client.get(front.url("/"))
    assert (canary.connections, front.paths()) == (0, [])


@pytest.mark.parametrize("address", [*PRIVATE, "0x7f.1", "2130706433", "127.1", "news.example", "[::1]", ""])
def test_a_name_with_any_private_address_must_be_refused_before_connecting(address: str) -> None:
    network = LabNetwork()
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(Refused):
            careful(network, answer).get("http://news.example/", robots=False)
    assert network.asked == []


def test_the_checked_address_must_be_the_one_connected_to(front: WebServer) -> None:
    """Rebinding: what the name resolves to after the check must not matter."""
    network = LabNetwork({PUBLIC: (FRONT, front.port)})
    front.routes["/x"] = b"ok"
    with closing(careful(network, [PUBLIC], ["127.0.0.1"])) as client:
        assert client.get("http://news.example/x", robots=False).body == b"ok"
    assert network.asked == [(PUBLIC, 80)]
    assert front.asked[0].headers["host"] == "news.example"


def test_a_name_must_be_checked_again_with_every_connection(front: WebServer) -> None:
    network = LabNetwork({PUBLIC: (FRONT, front.port)})
    front.routes["/out"] = Answer(status=302, headers={"Location": "/in", "Connection": "close"})
    client = careful(network, [PUBLIC], ["127.0.0.1"])
    with pytest.raises(Refused, match=r"news.example is at 127.0.0.1"):
        client.get("http://news.example/out", robots=False)
    assert (network.asked, front.paths()) == ([(PUBLIC, 80)], ["/out"])


@pytest.mark.parametrize("port", [0, 22, 25, 81, 3306, 8080, 65535, 65536, 99999])
@pytest.mark.parametrize("host", [PUBLIC, "news.example"])
def test_public_addresses_must_be_asked_on_web_ports_only(host: str, port: int) -> None:
    network = LabNetwork()
    with pytest.raises(Refused):
        careful(network, [PUBLIC]).get(f"http://{host}:{port}/", robots=False)
    assert network.asked == []


def test_addresses_of_both_families_must_be_tried(front: WebServer) -> None:
    """Where IPv6 is announced but does not work, IPv4 must still be found."""
    nowhere = ("127.0.0.9", 9)
    v6 = [f"2606:4700:4700::{number}" for number in range(1, 6)]
    network = LabNetwork({PUBLIC: (FRONT, front.port)} | dict.fromkeys(v6, nowhere))
    front.routes["/x"] = b"ok"
    with closing(careful(network, [*v6, PUBLIC])) as client:
        assert client.get("http://news.example/x", robots=False).body == b"ok"
    assert [host for host, _ in network.asked] == [*v6[:2], PUBLIC]


def test_a_resolver_that_hangs_or_fails_must_cost_little_time() -> None:
    over = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        over.wait(10)
        return []

    def fail(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    manners = Manners(total_timeout=0.2, spacing=0.0)
    with pytest.raises(Unreachable, match="could not be looked up in time"):
        Client(manners, resolve=hang).get("http://news.example/")
    over.set()
    with pytest.raises(Unreachable, match="its name cannot be found"):
        Client(manners, resolve=fail).get("http://news.example/")


def test_connections_must_be_kept_for_the_next_question(web: WebServer, client: Client) -> None:
    web.routes["/a"] = b"a"
    web.routes["/gone"] = Answer(b"x" * 1000, 410)
    for _ in range(3):
        client.get(web.url("/a"))
        client.get(web.url("/gone"), allow_status={410})
        with pytest.raises(Refused):
            client.get(web.url("/gone"))
    assert web.connections == 1


def test_a_connection_the_site_gave_up_must_be_no_trouble(web: WebServer, client: Client) -> None:
    web.routes["/a"] = Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", raw=True)
    assert [client.get(web.url("/a"), robots=False).body for _ in range(3)] == [b"ok"] * 3
    assert web.connections == 3


def secure(server: WebServer, authority: trustme.CA) -> Client:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    network = LabNetwork({PUBLIC: (server.host, server.port)})
    return Client(Manners(spacing=0.0), network=network, resolve=resolving([PUBLIC]), verify=context)


def test_tls_must_be_spoken_with_the_name_that_was_asked_for(authority: trustme.CA) -> None:
    with WebServer(certificate=authority.issue_cert("news.example")) as server:
        server.routes["/x"] = b"sealed"
        with closing(secure(server, authority)) as client:
            assert client.get("https://news.example/x").body == b"sealed"
        assert [asked.headers["host"] for asked in server.asked] == ["news.example"] * 2


PAST = datetime.now(UTC) - timedelta(days=2)


@pytest.mark.parametrize("fault", ["another name", "expired", "unknown authority"])
def test_a_bad_certificate_must_be_refused(fault: str, authority: trustme.CA) -> None:
    name = "other.example" if fault == "another name" else "news.example"
    ends = PAST + timedelta(days=1) if fault == "expired" else None
    issuer = trustme.CA() if fault == "unknown authority" else authority
    with WebServer(certificate=issuer.issue_cert(name, not_before=PAST, not_after=ends)) as server:
        with pytest.raises(Refused, match="certificate that cannot be trusted"):
            secure(server, authority).get("https://news.example/x", robots=False)
        assert server.asked == []


def test_encryption_must_not_be_given_up_by_a_redirect(authority: trustme.CA) -> None:
    with WebServer(certificate=authority.issue_cert("news.example")) as server:
        server.routes["/x"] = redirect("http://news.example/x")
        with closing(secure(server, authority)) as client, pytest.raises(Refused, match="without encryption"):
            client.get("https://news.example/x", robots=False)


#: Raw answers, and what they mean.
WIRE = {
    "nothing": (Answer(drop=True), Unreachable),
    "HTTP/0.9": (Answer(b"<html>hi</html>", raw=True), Unreachable),
    "no HTTP": (Answer(b"220 smtp ready\r\n\r\n", raw=True), Malformed),
    "binary": (Answer(b"\x00\xff\r\n" * 300, raw=True), Malformed),
    "two lengths": (
        Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", raw=True),
        Malformed,
    ),
    "nul in a header": (Answer(b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 0\r\n\r\n", raw=True), Malformed),
    "endless head": (
        Answer(b"HTTP/1.1 200 OK\r\n", raw=True, endless=b"X-A: bbbbbbbbbbbbbbbb\r\n" * 50),
        Malformed,
    ),
    "endless header": (Answer(b"HTTP/1.1 200 OK\r\nX: ", raw=True, endless=b"b" * 1000), Malformed),
    "endless interim answers": (Answer(raw=True, endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 50), Malformed),
    "endless body": (Answer(endless=b"b" * 65536), Malformed),
    "endless single bytes": (
        Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", raw=True, endless=b"1\r\nx\r\n" * 500),
        Malformed,
    ),
    "bad chunk": (Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", raw=True), Malformed),
    "cut chunk": (Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nxx", raw=True), Unreachable),
    "endless error page": (Answer(status=500, endless=b"b" * 65536), Unreachable),
}


@pytest.mark.parametrize("name", WIRE)
def test_every_odd_answer_must_end_soon_and_tell_what_to_do(name: str, web: WebServer) -> None:
    answer, kind = WIRE[name]
    web.routes["/x"] = answer
    with closing(careful(LabNetwork(), allow=("127.0.0.1",))) as client, pytest.raises(SourceError) as caught:
        client.get(web.url("/x"), robots=False)
    assert type(caught.value) is kind


def test_answers_must_not_mix_on_one_connection(web: WebServer, client: Client) -> None:
    """What a site sends after its answer must not become the next one."""
    spare = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake"
    web.routes["/x"] = lambda asked: Answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + asked.path[1:].encode() * 4 + spare, raw=True
    )
    web.routes["/y"] = web.routes["/x"]
    found = [client.get(web.url(path), robots=False).body for path in ("/x", "/y", "/x")]
    assert found == [b"xxxx", b"yyyy", b"xxxx"]


def test_many_threads_must_each_get_their_own_answer() -> None:
    hosts = [f"127.1.0.{number}" for number in range(1, 21)]
    with (
        WebServer(hosts[0], more_hosts=hosts[1:]) as server,
        closing(careful(LabNetwork(), allow=("127.0.0.0/8",))) as client,
        ThreadPoolExecutor(20) as pool,
    ):
        server.routes["/who"] = lambda asked: asked.address.encode()
        answers = pool.map(lambda host: client.get(server.url("/who", host)).body.decode(), hosts * 5)
        assert list(answers) == hosts * 5
