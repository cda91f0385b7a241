"""The report over all documents: in the order in which they were given, pure, and safe to show."""

from pathlib import Path

import pytest

from blocks.base.errors import HoldfastError
from tasks.fetch import name_of_url
from tasks.gather import list_sources
from tasks.receive import NothingToProcess
from tasks.report import failed, refused, report_on, report_page
from tasks.schemas.analysis import DocumentAnalysis, Entities, Entity, EntityKind, Summary, SummarySentence
from tasks.schemas.document import Refusal
from tasks.schemas.source_file import SourceFile


def entity(kind: EntityKind, value: str) -> Entity:
    return Entity(kind=kind, value=value, text=value, page=1, start=0, evidence=value, count=1)


def analysis(file: str, *entities: Entity) -> DocumentAnalysis:
    summary = Summary(
        sentences=(SummarySentence(text="It <b>says</b> | this.", page=2),), written_by="somebody"
    )
    return DocumentAnalysis(
        file=file,
        status="analyzed",
        pages=2,
        words=9,
        summary=summary,
        entities=Entities(entities=entities, found_by="somebody"),
    )


OSLO, ACME, DAY = entity("place", "Oslo"), entity("party", "Acme"), entity("date", "1999-05-03")
DOCUMENTS = [
    analysis("a.txt", OSLO, DAY),
    refused(SourceFile(name="b.pdf"), Refusal(name="EmptyDocument", reason="The file is empty.")),
    failed(SourceFile(name="c.pdf"), HoldfastError("broke.")),
    analysis("d|d.txt", ACME, OSLO),
    analysis("e.txt", ACME, OSLO),
]


def test_what_several_documents_name_is_told_with_their_names():
    shared = [(one.kind, one.value, one.files) for one in report_on(DOCUMENTS).shared]
    assert shared == [
        ("party", "Acme", ("d|d.txt", "e.txt")),
        ("place", "Oslo", ("a.txt", "d|d.txt", "e.txt")),
    ]


def test_every_document_is_on_the_page_with_its_reason_where_it_has_one():
    page = report_page(report_on(DOCUMENTS))
    assert [page.index(name) for name in ("a.txt", "b.pdf", "c.pdf", "e.txt")] == sorted(
        page.index(name) for name in ("a.txt", "b.pdf", "c.pdf", "e.txt")
    )
    assert "The file is empty." in page
    assert "broke." in page
    assert "Read by: somebody" in page


def test_the_text_of_a_document_is_shown_as_text():
    page = report_page(report_on(DOCUMENTS))
    assert "\\<b\\>says\\</b\\> \\| this." in page
    assert "d\\|d.txt" in page


def test_the_same_documents_make_the_same_page():
    assert report_page(report_on(DOCUMENTS)) == report_page(report_on(list(DOCUMENTS)))


def test_web_addresses_become_sources_with_names_of_their_own(tmp_path: Path):
    (tmp_path / "a.txt").write_text("text")
    urls = [
        "https://x.org/a.txt?key=1",
        "https://x.org/a.txt?key=2",
        "https://x.org/a.txt?key=1",
        "HTTPS://X.org",
    ]
    sources = list_sources([urls[0], str(tmp_path), *urls[1:]])
    assert [source.name for source in sources] == ["a.txt", "x.org/a.txt", "x.org/a.txt (2)", "X.org"]
    assert [source.url for source in sources] == [None, urls[0], urls[1], urls[3]]
    assert all("key" not in source.model_dump_json() for source in sources), "an address is no part of a key"


def test_nothing_at_all_is_misuse():
    with pytest.raises(NothingToProcess):
        list_sources([])


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://user:secret@x.org/a%20b.pdf?token=secret#secret", "x.org/a b.pdf"),
        ("https://x.org/", "x.org"),
        ("https://[::1", "web address"),
    ],
)
def test_the_name_of_a_web_address_holds_no_secret(url: str, name: str):
    assert name_of_url(url) == name
