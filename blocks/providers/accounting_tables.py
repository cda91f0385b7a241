"""The tables of the books, and how older books get them."""

from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    text,
)

metadata = MetaData()

books = Table("books", metadata, Column("identity", String(36), primary_key=True))

invoices = Table(
    "invoices",
    metadata,
    Column("invoice_id", Integer, primary_key=True),
    Column("source", String(600), nullable=False, comment="document digest and file name"),
    Column("document_digest", String(64), nullable=False),
    Column("file", String(500), nullable=False),
    Column("vendor", Text, nullable=False),
    Column("vendor_key", Text, nullable=False, comment="letters and digits of the vendor, lower case"),
    Column("invoice_number", String(200), comment="None on a receipt without one"),
    Column("number_key", String(200), comment="letters and digits of the number, lower case"),
    Column("date", String(10), nullable=False, comment="ISO 8601"),
    Column("currency", String(3), nullable=False, comment="ISO 4217"),
    Column("net", String(40), comment="decimal, in the currency"),
    Column("tax", String(40), comment="decimal, in the currency"),
    Column("total", String(40), nullable=False, comment="decimal, in the currency"),
    Column("category", String(100)),
    Column("posted_at", BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    Column(
        "accepted_duplicate_by",
        String(200),
        comment="who let it be posted beside another; None: no duplicate",
    ),
    UniqueConstraint("source", "total", "currency"),
)

lines = Table(
    "invoice_lines",
    metadata,
    Column("invoice_id", Integer, ForeignKey("invoices.invoice_id"), primary_key=True),
    Column("position", Integer, primary_key=True, comment="1, 2, ..."),
    Column("description", Text, nullable=False),
    Column("quantity", String(40), comment="decimal"),
    Column("unit_price", String(40), comment="decimal, in the currency"),
    Column("amount", String(40), comment="decimal, in the currency"),
    Column("category", String(100)),
)

_IS_FIRST = invoices.c.accepted_duplicate_by.is_(None)
for _name, _columns in {
    "first_of_document": (invoices.c.document_digest,),
    "first_of_number": (invoices.c.vendor_key, invoices.c.number_key),
}.items():
    Index(_name, *_columns, unique=True, sqlite_where=_IS_FIRST, postgresql_where=_IS_FIRST)


Form = Literal["none", "older", "newest"]


def form_of(connection: Connection) -> Form:
    """Which tables are there: none, those from before duplicates could be accepted, or all of these."""
    there = inspect(connection)
    if not there.has_table("invoices"):
        return "none"
    is_newest = any(column["name"] == "accepted_duplicate_by" for column in there.get_columns("invoices"))
    return "newest" if is_newest else "older"


def be_alone(connection: Connection) -> None:
    """Let no other process write to the books until the transaction ends. A write on SQLite is one process's anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7233042)"))


def prepare(connection: Connection) -> Form:
    """Let the tables be there, all in the caller's transaction; older ones are rewritten. Which were there before."""
    be_alone(connection)
    before = form_of(connection)
    if before == "older":
        _rewrite(connection, [column["name"] for column in inspect(connection).get_columns("invoices")])
    else:
        metadata.create_all(connection)
    return before


def _rewrite(connection: Connection, columns: list[str]) -> None:
    """Their unique keys forbid a second row for a document, and SQLite can neither drop nor alter those."""
    say = connection.exec_driver_sql
    for table in ("invoices", "invoice_lines"):
        say(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")  # noqa: S608
    for table in ("invoice_lines", "invoices"):
        say(f"DROP TABLE {table}")
    metadata.create_all(connection)
    listed = ", ".join(columns)
    say(f"INSERT INTO invoices ({listed}) SELECT {listed} FROM old_invoices")  # noqa: S608
    listed = ", ".join(column.name for column in lines.columns)
    say(f"INSERT INTO invoice_lines ({listed}) SELECT {listed} FROM old_invoice_lines")  # noqa: S608
    if connection.dialect.name == "postgresql":  # SQLite counts on from the largest id by itself
        say("SELECT setval(pg_get_serial_sequence('invoices', 'invoice_id'), max(invoice_id)) FROM invoices")
    for table in ("invoices", "invoice_lines"):
        say(f"DROP TABLE old_{table}")
