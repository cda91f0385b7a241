"""Bytes that somebody could put in the place of a stored record, to have them run, loop, grow or pass for another."""

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import os
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

from blocks.base.canonical import digest_of

MARK = "HOLDFAST_TEST_BOMB"
"""The environment variable that names the file in which a bomb leaves its mark."""


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self) -> Any:
        return leave_a_mark, ()


def leave_a_mark() -> None:
    """What must never be called."""
    Path(os.environ[MARK]).write_text("it went off")


def pickles() -> dict[str, bytes]:
    """Pickles of every protocol, by hand and in the clothes of a text."""
    made = {f"pickle {protocol}": pickle.dumps(Bomb(), protocol) for protocol in range(6)}
    return made | {
        "pickle of a command": b"cos\nsystem\n(S'true'\ntR.",
        "pickle of an expression": b"cbuiltins\neval\n(S'1+1'\ntR.",
        "pickle of an import": b"cbuiltins\n__import__\n(S'antigravity'\ntR.",
        "pickle in base64": base64.b64encode(pickle.dumps(Bomb())),
        "pickle in JSON": json.dumps({"number": base64.b64encode(pickle.dumps(Bomb())).decode()}).encode(),
        "pickle, packed": zlib.compress(pickle.dumps(Bomb())),
        "code, marshalled": marshal.dumps(compile("raise SystemExit", "x", "exec")),
        "code in a cache file": b"\xa7\r\r\n" + bytes(12) + marshal.dumps(compile("1/0", "x", "exec")),
    }


def names_of_classes() -> dict[str, bytes]:
    """Texts that ask a clever reader to import something."""
    return {
        "a class of Prefect": b'{"__class__":"subprocess.Popen","data":{"args":["true"]}}',
        "an exception of Prefect": b'{"__exc_type__":"tests.worlds.hostile.Bomb","message":""}',
        "a class of jsonpickle": b'{"py/object":"tests.worlds.hostile.Bomb"}',
        "a call of jsonpickle": b'{"py/reduce":[{"py/function":"os.system"},{"py/tuple":["true"]}]}',
        "a type": b'{"$type":"System.Diagnostics.Process","@type":"os.system"}',
        "a slot of a class": b'{"__init__":{"__globals__":{}},"__dict__":{"number":1}}',
        "a tag of YAML": b"!!python/object/apply:os.system ['true']",
        "a template": b'{"number":"{{ 7*7 }} ${jndi:ldap://127.0.0.1/x} %(number)s {0.__class__}"}',
        "a module": b"import tests.worlds.hostile as h\nh.leave_a_mark()\n",
        "an entity of XML": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    }


def shapes() -> dict[str, bytes]:
    """What is no record, and what breaks careless parsers."""
    return {
        "a deep list": b"[" * 100_000 + b"]" * 100_000,
        "a deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "a number of 5001 digits": b'{"number":1' + b"0" * 5000 + b"}",
        "a number without end": b'{"number":1e999999}',
        "NaN": b'{"number":NaN}',
        "infinity": b'{"number":-Infinity}',
        "one key twice": b'{"key":1,"key":2}',
        "half a character, escaped": b'{"number":"\\ud800"}',
        "half a character": b'{"number":"\xed\xa0\x80"}',
        "no UTF-8": b'{"number":\xff\xfe}',
        "a byte order mark": b'\xef\xbb\xbf{"number":1}',
        "UTF-16": '{"number":1}'.encode("utf-16"),
        "zeros": bytes(4096),
        "blanks": b" \r\n\t" * 100,
        "null": b"null",
        "a list": b"[]",
        "a text": b'"recorded"',
        "an object": b"{}",
        "cut": b'{"number":1,"te',
        "two values": b'{"no":1}{"no":2}',
    }


def packages() -> dict[str, bytes]:
    """Other packagings, and one that unpacks to far more than it is."""
    inside, zipped = b'{"number":1}' * 10, io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("../../outside.txt", inside)
    return {
        "gzip": gzip.compress(inside),
        "bzip2": bz2.compress(inside),
        "lzma": lzma.compress(inside),
        "zip": zipped.getvalue(),
        "a zlib bomb": zlib.compress(bytes(2**24)),
        "a gzip bomb": gzip.compress(bytes(2**24)),
        "a database": b"SQLite format 3\0" + bytes(100),
        "a program": b"#!/bin/sh\ntrue\n",
    }


def payloads() -> dict[str, bytes]:
    """All of them by name."""
    return pickles() | names_of_classes() | shapes() | packages()


def envelope(payload: bytes, of: str, magic: bytes = b"holdfast 1\n", **changed: Any) -> bytes:
    """*payload* in an envelope with a right checksum that says it is the one named *of*."""
    header = {
        "compression": "none",
        "digest": of,
        "encryption": "none",
        "media_type": "application/json",
        "size": len(payload),
    }
    return checked(magic + json.dumps({**header, **changed}).encode() + b"\n" + payload)


def checked(body: bytes) -> bytes:
    """*body* and its checksum."""
    return body + bytes.fromhex(digest_of(body))


def envelopes(digest: str, data: bytes, other: bytes) -> dict[str, bytes]:
    """Envelopes that want to pass for *data*, named *digest*; *other* is a sound envelope of another name."""
    whole, bomb = envelope(data, digest), zlib.compress(bytes(2**24))
    header, deep = whole[11 : whole.index(b"\n", 11)], b'{"a":' * 100_000 + b"}" * 100_000
    return {
        "empty": b"",
        "the magic alone": b"holdfast 1\n",
        "the content without an envelope": data,
        "an older magic": envelope(data, digest, b"holdfast 0\n"),
        "a newer magic": envelope(data, digest, b"holdfast 2\n"),
        "a magic in capitals": envelope(data, digest, b"HOLDFAST 1\n"),
        "no checksum": whole[:-32],
        "a checksum of zeros": whole[:-32] + bytes(32),
        "a checksum of another kind": whole[:-32] + b"0" * 32,
        "cut": whole[: len(whole) // 2],
        "twice": whole + whole,
        "one bit": whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        "the bytes of another record": other,
        "no header": checked(b"holdfast 1\n" + data),
        "an empty header": checked(b"holdfast 1\n\n" + data),
        "a list as header": checked(b"holdfast 1\n[]\n" + data),
        "a deep header": checked(b"holdfast 1\n" + deep + b"\n" + data),
        "a pickle as header": checked(b"holdfast 1\n" + pickle.dumps(Bomb()) + b"\n" + data),
        "keys twice, the last one wrong": checked(
            b"holdfast 1\n" + header[:-1] + b',"size":1}' + b"\n" + data
        ),
        "the compression pickle": envelope(pickle.dumps(Bomb()), digest, compression="pickle"),
        "the compression lzma": envelope(lzma.compress(data), digest, compression="lzma", size=len(data)),
        "the compression gzip": envelope(gzip.compress(data), digest, compression="gzip", size=len(data)),
        "a compression by class": envelope(data, digest, compression={"__class__": "zlib"}),
        "a bomb of the right size": envelope(bomb, digest, compression="zlib", size=len(data)),
        "a bomb of its own size": envelope(bomb, digest, compression="zlib", size=2**24),
        "a size below zero": envelope(zlib.compress(data), digest, compression="zlib", size=-1),
        "a size as text": envelope(data, digest, size=str(len(data))),
        "a size that is no number": envelope(data, digest, size=float("nan")),
        "a size without end": envelope(zlib.compress(data), digest, compression="zlib", size=float("inf")),
        "another digest": envelope(data, "0" * 64),
        "a digest in capitals": envelope(data, digest.upper()),
        "a list of digests": envelope(data, digest, digest=[digest]),
    }
