"""Documents from the web: what is not allowed is not asked, and no stranger's server leads us astray or holds us."""

import datetime as dt
import gzip
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from blocks.providers import web as web_module
from blocks.providers.web import (
    AddressNotAllowed,
    AnswerGarbled,
    CertificateRefused,
    HostNotAllowed,
    NotAWebAddress,
    NotFetched,
    NotGiven,
    TooManyRedirects,
    Web,
    WebDocumentTooLarge,
    WebIsOff,
    WebTooSlow,
    WebUnavailable,
)
from blocks.providers.web_address import is_public
from blocks.providers.web_allowed import BadEntry, address_of, entries_of
from tests.fakes.web_server import FakeWeb, breaks_off, drips_headers, gives, leads_to, never_ends
from tests.worlds.object_store import free_port

MOST = 100_000
HOST = "papers.example"
ANY = "0.0.0.0"  # noqa: S104  nobody listens there


class Names:
    """A name server that answers what the test says, each time the next; it counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = answers, list[str]()

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


HERE = ["127.0.0.1"]


@pytest.fixture
def server() -> Generator[FakeWeb]:
    """A web server of the test."""
    with FakeWeb() as running:
        yield running


@pytest.fixture
def pause() -> Generator[threading.Event]:
    """Ends the answers that have no end."""
    event = threading.Event()
    yield event
    event.set()


def web_to(
    server: FakeWeb, *more: str, names: Callable[[str, int], Sequence[str]] | None = None, seconds: float = 20
) -> Web:
    """The web where *server* is a local host, and *more* is allowed."""
    entries = ",".join((f"local:http://{HOST}:{server.port}", *more))
    return Web(entries_of(entries), seconds=seconds, resolver=names or Names(HERE))


def url_at(server: FakeWeb, path: str) -> str:
    return f"http://{HOST}:{server.port}{path}"


def test_a_document_of_an_allowed_host_is_fetched(server: FakeWeb):
    server.answers["/a%20b.txt?x=%C3%A4"] = gives(b"a document")
    assert web_to(server).get(url_at(server, "/a%20b.txt?x=ä#part"), most_bytes=MOST) == b"a document"
    assert server.seen == [f"{HOST}:{server.port}/a%20b.txt?x=%C3%A4"]


def test_nothing_of_this_machine_is_told(server: FakeWeb, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.answers["/"] = gives(b"x")
    web_to(server).get(url_at(server, "/"), most_bytes=MOST)
    assert set(server.headers[0]) == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}


def test_fetching_is_off_where_no_host_is_named(server: FakeWeb):
    names = Names(HERE)
    with pytest.raises(WebIsOff) as refused:
        Web(resolver=names).get(url_at(server, "/"), most_bytes=MOST)
    assert "HOLDFAST_WEB_ALLOWED" in refused.value.next
    assert (names.asked, server.seen) == ([], [])


@pytest.mark.parametrize(
    ("entry", "url", "is_allowed"),
    [
        ("example.com", "https://example.com/a", True),
        ("example.com", "https://EXAMPLE.com./a", True),
        ("example.com", "https://example.com:443/a", True),
        ("example.com", "http://example.com/a", False),
        ("example.com", "https://example.com:8443/a", False),
        ("example.com", "https://www.example.com/a", False),
        ("example.com", "https://example.com.evil.org/a", False),
        ("example.com:8443", "https://example.com:8443/a", True),
        ("*.example.com", "https://a.b.example.com/", True),
        ("*.example.com", "https://example.com/", False),
        ("*.example.com", "https://evilexample.com/", False),
        ("http://example.com:8080", "http://example.com:8080/", True),
        ("http://example.com:8080", "https://example.com:8080/", False),
        ("local:https://[::1]:8443", "https://[0:0:0:0:0:0:0:1]:8443/", True),
    ],
)
def test_the_list_admits_what_it_names_and_no_more(entry: str, url: str, is_allowed: bool):
    (allowed,) = entries_of(entry)
    assert allowed.admits(address_of(url)) is is_allowed


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "*.",
        "http://example.com",
        "local:http://127.0.0.1",
        "local:https://*.example.com:1",
        "ftp://a:1",
        "a/b",
        "u@a",
        "a:0",
        "a:70000",
        "bücher.de",
    ],
)
def test_a_list_that_names_no_host_is_refused(entry: str):
    with pytest.raises(BadEntry):
        entries_of(f"example.com,{entry}")


@pytest.mark.parametrize(
    "url",
    [
        "https://user@example.com/", "https://user:secret@example.com/", "https://@example.com/", "file:///etc/passwd",
        "ftp://example.com/", "https://", "https:///a", "https://example.com\\@evil.org/", "https://exa mple.com/",
        "https://example.com/\r\nHost: evil.org", "https://bücher.de/", "https://example.com:99999/", "https://[::1/", "gopher://a/",
        "https://example.com:0/", "https://exam%70le.com/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_holds_a_password_is_refused(url: str):
    names = Names(HERE)
    with pytest.raises(NotAWebAddress) as refused:
        Web(entries_of("example.com,*.example.com,evil.org"), resolver=names).get(url, most_bytes=MOST)
    assert names.asked == []
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", ANY, "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:9.9.9.9", "::9.9.9.9", "64:ff9b::7f00:1", "64:ff9b::909:909",
        "64:ff9b:1::a00:1", "2001:db8::1", "2002:7f00:1::", "2002:909:909::", "2001:0:909:909::1", "localhost", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet_is_refused_before_a_connection(
    address: str, server: FakeWeb
):
    assert not is_public(address)
    names = Names([address])
    with pytest.raises(AddressNotAllowed):
        Web(entries_of(f"http://{HOST}:{server.port}"), resolver=names).get(
            url_at(server, "/"), most_bytes=MOST
        )
    assert server.seen == []


@pytest.mark.parametrize("address", ["9.9.9.9", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_of_the_public_internet_is_one(address: str):
    assert is_public(address)


def test_one_bad_address_among_good_ones_is_enough_to_refuse(server: FakeWeb):
    with pytest.raises(AddressNotAllowed, match=r"127\.0\.0\.1"):
        Web(entries_of(f"http://{HOST}:{server.port}"), resolver=Names(["9.9.9.9", "127.0.0.1"])).get(
            url_at(server, "/"), most_bytes=MOST
        )
    assert server.seen == []


@pytest.mark.parametrize("address", ["224.0.0.1", ANY, "::", "ff02::1", "255.255.255.255"])
def test_a_local_host_is_one_host(address: str, server: FakeWeb):
    with pytest.raises(AddressNotAllowed):
        web_to(server, names=Names([address])).get(url_at(server, "/"), most_bytes=MOST)


def test_a_local_host_is_allowed_at_its_own_port_alone(server: FakeWeb):
    with pytest.raises(HostNotAllowed):
        web_to(server).get(f"http://{HOST}:{server.port + 1}/", most_bytes=MOST)
    with pytest.raises(HostNotAllowed):
        web_to(server).get(f"http://127.0.0.1:{server.port}/", most_bytes=MOST)


def test_a_name_is_asked_for_once_and_the_connection_goes_where_it_was_checked(server: FakeWeb):
    server.answers["/"] = gives(b"the one that was checked")
    names = Names(HERE, ["127.0.0.2"])
    with FakeWeb({"/": gives(b"another")}, at="127.0.0.2", port=server.port) as other:
        assert (
            web_to(server, names=names).get(url_at(server, "/"), most_bytes=MOST)
            == b"the one that was checked"
        )
    assert (names.asked, other.seen) == ([HOST], [])


def test_where_one_address_does_not_answer_the_next_is_asked(server: FakeWeb):
    server.answers["/"] = gives(b"found")
    assert (
        web_to(server, names=Names(["127.0.0.3", "127.0.0.1"])).get(url_at(server, "/"), most_bytes=MOST)
        == b"found"
    )


def test_redirects_are_followed_three_times(server: FakeWeb):
    for hop in range(5):
        server.answers[f"/{hop}"] = leads_to(f"/{hop + 1}")
    server.answers["/3"] = gives(b"here")
    assert web_to(server).get(url_at(server, "/0"), most_bytes=MOST) == b"here"
    server.answers["/3"] = leads_to("/4")
    with pytest.raises(TooManyRedirects):
        web_to(server).get(url_at(server, "/0"), most_bytes=MOST)
    assert len(server.seen) == 8


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        ("http://127.0.0.1:1/latest/meta-data", HostNotAllowed),
        ("https://elsewhere.example/", HostNotAllowed),
        ("//elsewhere.example/", HostNotAllowed),
        ("https://public.example/", AddressNotAllowed),
        ("file:///etc/passwd", NotAWebAddress),
        ("https://user:secret@public.example/", NotAWebAddress),
    ],
)
def test_a_redirect_is_checked_as_the_first_address_was(server: FakeWeb, to: str, refusal: type[NotFetched]):
    server.answers["/"] = leads_to(to)
    names = Names(HERE, ["10.0.0.5"])
    with pytest.raises(refusal):
        web_to(server, "public.example", names=names).get(url_at(server, "/"), most_bytes=MOST)
    assert len(server.seen) == 1


def test_a_name_that_stands_for_something_else_after_a_redirect_is_refused(server: FakeWeb):
    server.answers["/"] = leads_to("https://public.example/a")
    names = Names(HERE, ["169.254.169.254"])
    with pytest.raises(AddressNotAllowed, match=r"169\.254"):
        web_to(server, "public.example", names=names).get(url_at(server, "/"), most_bytes=MOST)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 206, 304, 300])
def test_an_answer_without_the_document_is_a_refusal(server: FakeWeb, status: int):
    server.answers["/"] = gives(b"", status)
    with pytest.raises(NotGiven, match=str(status)):
        web_to(server).get(url_at(server, "/"), most_bytes=MOST)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_an_answer_that_may_be_another_one_later_is_an_accident(server: FakeWeb, status: int):
    server.answers["/"] = gives(b"", status)
    with pytest.raises(WebUnavailable, match=str(status)):
        web_to(server).get(url_at(server, "/"), most_bytes=MOST)


def test_no_connection_an_unknown_name_and_half_an_answer_are_accidents(server: FakeWeb):
    server.answers["/"] = breaks_off(b"half", 1000)
    with pytest.raises(WebUnavailable):
        web_to(server).get(url_at(server, "/"), most_bytes=MOST)
    port = free_port()
    with pytest.raises(WebUnavailable):
        Web(entries_of(f"local:http://{HOST}:{port}"), resolver=Names(HERE)).get(
            f"http://{HOST}:{port}/", most_bytes=MOST
        )

    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(WebUnavailable, match="no such name"):
        web_to(server, names=unknown).get(url_at(server, "/"), most_bytes=MOST)


def test_a_document_may_be_as_large_as_is_allowed_and_no_byte_more(server: FakeWeb):
    server.answers["/fits"], server.answers["/more"] = gives(bytes(MOST)), gives(bytes(MOST + 1))
    assert len(web_to(server).get(url_at(server, "/fits"), most_bytes=MOST)) == MOST
    with pytest.raises(WebDocumentTooLarge):
        web_to(server).get(url_at(server, "/more"), most_bytes=MOST)


def test_a_body_without_an_end_is_left(server: FakeWeb, pause: threading.Event):
    server.answers["/"] = never_ends(bytes(10_000), pause=pause)
    with pytest.raises(WebDocumentTooLarge):
        web_to(server).get(url_at(server, "/"), most_bytes=MOST)


@pytest.mark.parametrize("kind", ["body", "headers"])
def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(
    server: FakeWeb, pause: threading.Event, kind: str
):
    slow = drips_headers(pause, 0.05) if kind == "headers" else never_ends(b"x", pause=pause, seconds=0.05)
    server.answers["/"] = slow
    with pytest.raises(WebTooSlow):
        web_to(server, seconds=0.5).get(url_at(server, "/"), most_bytes=MOST)


def test_what_is_packed_is_unpacked(server: FakeWeb):
    server.answers["/gzip"] = gives(gzip.compress(b"text" * 99, mtime=0), Content_Encoding="gzip")
    server.answers["/deflate"] = gives(zlib.compress(b"text" * 99), Content_Encoding="deflate")
    for path in ("/gzip", "/deflate"):
        assert web_to(server).get(url_at(server, path), most_bytes=MOST) == b"text" * 99


def test_a_bomb_is_left_before_it_fills_the_memory(server: FakeWeb):
    server.answers["/"] = gives(gzip.compress(bytes(200 * 2**20), mtime=0), Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(WebDocumentTooLarge):
        web_to(server).get(url_at(server, "/"), most_bytes=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"no gzip", "gzip"), (gzip.compress(b"x" * 999, mtime=0)[:-9], "gzip"), (b"x", "br")],
)
def test_what_cannot_be_unpacked_is_a_refusal(server: FakeWeb, body: bytes, encoding: str):
    server.answers["/"] = gives(body, Content_Encoding=encoding)
    with pytest.raises(AnswerGarbled):
        web_to(server).get(url_at(server, "/"), most_bytes=MOST)


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of *host* shows, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(folder / "both.pem")
    return shown, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(tmp_path: Path):
    shown, trusts = certificate(tmp_path, HOST)
    with FakeWeb({"/": gives(b"safe")}, tls=shown) as server:
        for host, allowed_to_answer in ((HOST, True), ("other.example", False)):
            web = Web(entries_of(f"local:https://{host}:{server.port}"), resolver=Names(HERE), trusts=trusts)
            if allowed_to_answer:
                assert web.get(f"https://{host}:{server.port}/", most_bytes=MOST) == b"safe"
            else:
                with pytest.raises(CertificateRefused, match="Hostname mismatch"):
                    web.get(f"https://{host}:{server.port}/", most_bytes=MOST)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path):
    shown, _ = certificate(tmp_path, HOST)
    with FakeWeb({"/": gives(b"safe")}, tls=shown) as server, pytest.raises(CertificateRefused):
        Web(entries_of(f"local:https://{HOST}:{server.port}"), resolver=Names(HERE)).get(
            f"https://{HOST}:{server.port}/", most_bytes=MOST
        )


def test_every_refusal_says_what_is_safe_and_what_to_do():
    refusals = [
        kind for kind in vars(web_module).values() if isinstance(kind, type) and issubclass(kind, NotFetched)
    ]
    assert len(refusals) >= 10
    assert all(kind.safe and kind.next and kind.__doc__ for kind in refusals)
