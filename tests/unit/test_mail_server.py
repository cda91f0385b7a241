"""A mail server is spoken to in private and once; each of its answers has a name."""

import datetime as dt
import socket
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from blocks.base.errors import HoldfastError
from blocks.providers.mail import (
    BadAddress,
    MailLoginRefused,
    MailNotSecure,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    Message,
)
from blocks.providers.mail_server import MailServer, ServerAddress
from tests.worlds.mail_server import MailServerWorld

SENDER = "desk@holdfast.example"
NAME = "mail.example.test"
MESSAGE = Message("ab" * 32, ("ann@example.com",), "Order 4711", "It is late.\n.\n.. and a dot\n")
PLAIN_LOGIN = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def mail(
    world: MailServerWorld, *, host: str = "127.0.0.1", scheme: str = "smtp", **given: Any
) -> MailServer:
    """A door to *world*, with little patience."""
    url = f"{scheme}://{given.pop('user', '')}@{host}:{world.port}".replace("://@", "://")
    return MailServer(
        ServerAddress.parse(url), SENDER, **{"timeout_seconds": 5, "answer_seconds": 5, **given}
    )


@pytest.fixture
def name_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that is not known to be this machine, and that leads here."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: real("127.0.0.1" if host == NAME else host, *rest, **more),
    )
    return NAME


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """A self-signed certificate for NAME with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(secret + signed.public_bytes(encoding))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_a_message_arrives_as_it_was_written():
    with MailServerWorld() as world:
        sent = mail(world).send(MESSAGE)
    [letter] = world.messages
    assert letter["Message-ID"] == sent.message_id == f"<{'ab' * 16}@holdfast.example>"
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, "ann@example.com", "Order 4711")
    assert letter.get_content().replace("\r\n", "\n") == MESSAGE.body
    assert (world.deliveries, world.envelopes) == (1, [("ann@example.com",)])


def test_a_second_attempt_has_the_same_message_id():
    with MailServerWorld() as world:
        ids = {mail(world).send(MESSAGE).message_id for _ in range(2)}
    assert ids == {letter["Message-ID"] for letter in world.messages}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("step", "error", "parks"),
    [
        ("refuse sender", MailRefused, ""),
        ("refuse recipient", MailRefused, ""),
        ("refuse message", MailRefused, ""),
        ("busy at recipient", MailUnavailable, "outage"),
        ("busy at message", MailUnavailable, "outage"),
        ("drop before message", MailUnavailable, "outage"),
    ],
)
def test_what_was_not_taken_is_told_by_name_and_tried_once(step: Any, error: type[HoldfastError], parks: str):
    with MailServerWorld([step]) as world, pytest.raises(error) as told:
        mail(world).send(MESSAGE)
    assert (type(told.value), told.value.parks, world.deliveries, world.taken) == (error, parks, 1, [])


def test_a_message_whose_fate_is_unknown_waits_for_a_person():
    with MailServerWorld(["drop after message"]) as world, pytest.raises(MailUncertain) as told:
        mail(world).send(MESSAGE)
    assert (told.value.parks, len(world.taken)) == ("repair", 1)
    assert world.messages[0]["Message-ID"] in told.value.what


def test_a_server_that_stays_silent_after_the_message_is_not_waited_for_for_ever():
    with MailServerWorld(["silent after message"]) as world, pytest.raises(MailUncertain):
        mail(world, timeout_seconds=60, answer_seconds=0.5).send(MESSAGE)


def test_a_server_that_never_greets_is_away():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = ServerAddress.parse(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(MailUnavailable):
            MailServer(address, SENDER, timeout_seconds=0.3).send(MESSAGE)


def test_a_server_that_is_not_there_is_away_and_later_it_is_not():
    world = MailServerWorld()
    world.reserve()
    with pytest.raises(MailUnavailable, match=r"127\.0\.0\.1"):
        mail(world).send(MESSAGE)
    with world:
        mail(world).send(MESSAGE)
    assert len(world.taken) == 1


def test_one_recipient_refused_and_nobody_gets_it():
    both = Message("cd" * 32, ("ann@example.com", "gone@example.com"), "Order", "Late.")
    with MailServerWorld(refused=["gone@example.com"]) as world, pytest.raises(MailRefused) as told:
        mail(world).send(both)
    assert (told.value.recipients, world.taken) == (("gone@example.com",), [])
    assert "nobody of this name" in told.value.what


def test_all_recipients_of_one_message_get_it_in_one_delivery():
    both = Message("cd" * 32, ("ann@example.com", "bob@example.com"), "Order", "Late.")
    with MailServerWorld() as world:
        mail(world).send(both)
    assert world.envelopes == [("ann@example.com", "bob@example.com")]


def test_no_plain_text_leaves_this_machine(name_of_this_machine: str):
    with MailServerWorld() as world, pytest.raises(MailNotSecure, match="STARTTLS"):
        mail(world, host=name_of_this_machine).send(MESSAGE)
    assert world.deliveries == 0


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_a_stranger_is_refused(name_of_this_machine: str, tls: ssl.SSLContext, scheme: str):
    with MailServerWorld(tls=tls, is_tls_at_once=scheme == "smtps") as world:
        with pytest.raises(MailNotSecure) as told:
            mail(world, host=name_of_this_machine, scheme=scheme).send(MESSAGE)
        assert told.value.parks == ""
    assert world.deliveries == 0


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_trusted_certificate_for_the_name_is_accepted(
    name_of_this_machine: str,
    tls: ssl.SSLContext,
    certificate: Path,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServerWorld(tls=tls, is_tls_at_once=scheme == "smtps") as world:
        mail(world, host=name_of_this_machine, scheme=scheme).send(MESSAGE)
    assert len(world.taken) == 1


def test_a_trusted_certificate_for_another_name_is_refused(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServerWorld(tls=tls, is_tls_at_once=True) as world, pytest.raises(MailNotSecure):
        mail(world, scheme="smtps").send(MESSAGE)
    assert world.deliveries == 0


@PLAIN_LOGIN
def test_the_user_of_the_address_logs_in_with_the_password():
    with MailServerWorld(login=("ann", "s3cret")) as world:
        mail(world, user="ann", password="s3cret").send(MESSAGE)  # noqa: S106
    assert len(world.taken) == 1


@PLAIN_LOGIN
@pytest.mark.parametrize("has_logins", [True, False])
def test_a_login_that_fails_is_told_without_the_password(has_logins: bool):
    login = ("ann", "right") if has_logins else None
    with MailServerWorld(login=login) as world, pytest.raises(MailLoginRefused) as told:
        mail(world, user="ann", password="wr0ng-s3cret").send(MESSAGE)  # noqa: S106
    assert "wr0ng" not in f"{told.value!r} {told.value.__cause__!r} {told.value.values}"
    assert (told.value.parks, world.deliveries) == ("", 0)


def test_a_wrong_address_never_reaches_the_server():
    with MailServerWorld() as world, pytest.raises(BadAddress):
        mail(world).send(Message("ab" * 32, ("ann@example.com>\r\nRCPT TO:<eve@example.com",), "a", "b"))
    assert world.deliveries == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com",
        "smtp://",
        "mail.example.com:25",
        "smtp://ann:secret@mail.example.com",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com:99999",
    ],
)
def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(ValueError, match=r".+") as told:
        ServerAddress.parse(url)
    assert "secret" not in str(told.value)


def test_an_address_is_read_with_its_usual_port_and_a_user_that_is_an_address():
    assert ServerAddress.parse("smtp://ann@example.com@mail.example.com") == ServerAddress(
        "smtp", "mail.example.com", 587, "ann@example.com"
    )
    assert ServerAddress.parse("smtps://ann%40example.com@mail.example.com:4650").port == 4650


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("127.0.0.1.example.com", False),
        ("10.0.0.1", False),
    ],
)
def test_only_this_machine_is_here(host: str, is_here: bool):
    assert ServerAddress.parse(f"smtp://{host}:25").is_here is is_here
