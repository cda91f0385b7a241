"""`holdfast run analyze_documents`: files, buckets and the web become one report, and nothing is asked for twice."""

import json
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from deployments import local_server
from deployments.stack.object_store import REGION, ObjectStore
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.web_server import FakeWeb, gives
from tests.worlds.desk import Desk
from tests.worlds.object_store import access_of, new_bucket

MODEL = "openai:gpt-5-mini"
TOWNS = ("Bergen", "Lisbon", "Vienna", "Riga", "Ghent")


class Analyst(FakeOpenAI):
    """A language model that summarizes and names what it is asked for; *towns* are those of the documents it saw, in order."""

    def _reply(self, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        wanted = request["tools"][0]["function"]["parameters"]["properties"]
        town = next(town for town in TOWNS if f"Harbour of {town}" in json.dumps(request["messages"]))
        entity = {"kind": "place", "text": town, "value": town}
        invented = {"kind": "party", "text": "Nobody Ltd", "value": "Nobody Ltd"}
        is_summary = "sentences" in wanted
        self.answers = [{"sentences": [f"About {town}."]} if is_summary else {"entities": [entity, invented]}]
        return super()._reply(path, request)

    @property
    def towns(self) -> list[str]:
        told = [json.dumps(request["messages"]) for request in self.requests]
        return [next(town for town in TOWNS if f"Harbour of {town}" in text) for text in told]


@pytest.fixture
def papers(tmp_path: Path, desk: Desk) -> Path:
    """Five documents, and a home in which nothing was done yet."""
    desk.clear()
    return write_papers(tmp_path / "papers")


@pytest.fixture
def office(tmp_path: Path) -> Generator[Desk]:
    """A desk of its own, for a model that is paid; what was started is stopped."""
    desk = Desk(tmp_path / "home")
    yield desk
    desk.holdfast("down")
    local_server.stop(desk.home)


@pytest.fixture
def web() -> Generator[FakeWeb]:
    """A web server on loopback."""
    with FakeWeb() as server:
        yield server


def write_papers(folder: Path) -> Path:
    """Five documents in a new folder."""
    folder.mkdir()
    for number, town in enumerate(TOWNS, start=1):
        (folder / f"{number}.txt").write_text(paper(town))
    return folder


def paper(town: str) -> str:
    """A short document."""
    return (
        f"The Harbour of {town} was opened on 3 May 1999. The harbour cost EUR 1,200.50 for each ship that it holds. "
        f"Northern Docks Ltd. has run the harbour since then, and pays the town every year.\n"
    )


def told(ended: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """What the command told as JSON."""
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)


def bare(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents without what differs from run to run."""
    took = ("cost_usd", "seconds", "stages")
    return [{name: value for name, value in one.items() if name not in took} for one in result["documents"]]


def test_a_run_that_was_killed_after_the_third_of_five_asks_about_the_fourth_and_fifth_alone(
    office: Desk, tmp_path: Path
):
    papers = write_papers(tmp_path / "papers")
    with Analyst([]) as model:
        paid = {
            "HOLDFAST_MODEL": MODEL,
            "OPENAI_BASE_URL": model.base_url,
            "OPENAI_API_KEY": "k",
            "HOLDFAST_WORKERS": "1",
        }
        four_stages_each = office.holdfast(
            "run", "analyze_documents", str(papers), **paid, HOLDFAST_FAULT="stage.committed:12"
        )
        assert four_stages_each.returncode == -9, four_stages_each.stderr
        assert model.towns == [town for town in TOWNS[:3] for _ in range(2)]
        model.requests.clear()

        resumed = told(office.holdfast("runs", "resume", "last", "--json", **paid))

        assert model.towns == [town for town in TOWNS[3:] for _ in range(2)]
    assert resumed["state"] == "completed"
    assert [one["summary"]["sentences"][0]["text"] for one in resumed["documents"]] == [
        f"About {town}." for town in TOWNS
    ]
    assert {one["summary"]["written_by"] for one in resumed["documents"]} == {MODEL}
    values = [[entity["value"] for entity in one["entities"]["entities"]] for one in resumed["documents"]]
    assert values == [[town] for town in TOWNS], "what a model made up is no entity"
    assert office.faults() == []


def test_offline_a_report_names_what_documents_say_and_have_in_common(desk: Desk, papers: Path):
    first = told(desk.holdfast("run", "analyze_documents", str(papers), "--json"))
    again = told(desk.holdfast("run", "analyze_documents", str(papers), "--json"))
    assert again["stages"]["ran"] == 0
    desk.clear()
    one_by_one = told(desk.holdfast("run", "analyze_documents", str(papers), "--json", HOLDFAST_WORKERS="1"))
    assert bare(first) == bare(again) == bare(one_by_one)
    assert first["shared"] == again["shared"] == one_by_one["shared"]
    everywhere = [f"{number}.txt" for number in range(1, 6)]
    assert {one["value"]: one["files"] for one in first["shared"]} == {
        "Northern Docks Ltd.": everywhere, "1999-05-03": everywhere, "EUR 1200.50": everywhere,
    }  # fmt: skip
    assert "offline reader" in first["documents"][0]["summary"]["written_by"]
    assert "Lisbon" in [one["value"] for one in first["documents"][1]["entities"]["entities"]]


def test_a_source_that_cannot_be_had_is_named_and_the_others_go_on(desk: Desk, papers: Path, web: FakeWeb):
    web.answers["/down.txt"] = gives(b"", 503)
    (papers / "2.txt").write_bytes(b"PK\x03\x04 no document")
    at = f"http://127.0.0.1:{web.port}"
    sources = [
        str(papers),
        f"{at}/down.txt",
        f"{at}/gone.txt?token=secret",
        "https://elsewhere.example/a.pdf",
    ]
    ended = desk.holdfast("run", "analyze_documents", *sources, "--json", HOLDFAST_WEB_ALLOWED=f"local:{at}")
    result = told(ended)
    assert (ended.returncode, result["state"]) == (1, "failed")
    name = f"127.0.0.1:{web.port}"
    assert {one["file"]: one["status"] for one in result["documents"]} == {
        "1.txt": "analyzed", "2.txt": "refused", "3.txt": "analyzed", "4.txt": "analyzed", "5.txt": "analyzed",
        f"{name}/down.txt": "failed", f"{name}/gone.txt": "refused", "elsewhere.example/a.pdf": "refused",
    }  # fmt: skip
    reasons = {one["file"]: one["reason"] for one in result["documents"]}
    assert "503" in reasons[f"{name}/down.txt"]
    assert "404" in reasons[f"{name}/gone.txt"]
    assert "not among the hosts" in reasons["elsewhere.example/a.pdf"]
    assert "secret" not in ended.stdout + ended.stderr
    assert len(result["shared"]) == 3, "the report is made of the others"


def test_a_page_is_fetched_once_for_a_run_and_its_address_is_in_no_other_key(
    desk: Desk, papers: Path, web: FakeWeb
):
    web.answers["/papers/bergen.txt"] = gives(paper("Bergen").encode())
    at = f"http://127.0.0.1:{web.port}"
    source, allowed = f"{at}/papers/bergen.txt", {"HOLDFAST_WEB_ALLOWED": f"local:{at}"}
    killed = desk.holdfast("run", "analyze_documents", source, **allowed, HOLDFAST_FAULT="stage.committed:4")
    assert (killed.returncode, len(web.seen)) == (-9, 1), killed.stderr
    web.answers["/papers/bergen.txt"] = gives(b"something else")
    resumed = told(desk.holdfast("runs", "resume", "last", "--json", **allowed))
    assert (resumed["documents"][0]["status"], len(web.seen)) == ("analyzed", 1)
    assert "Bergen" in resumed["documents"][0]["summary"]["sentences"][0]["text"]

    web.answers["/papers/bergen.txt"] = gives(paper("Bergen").encode())
    another = told(desk.holdfast("run", "analyze_documents", source, "--json", **allowed))
    assert (another["stages"], len(web.seen)) == ({"ran": 1, "reused": 4}, 2), (
        "only the fetching is the run's own"
    )

    with_the_address = [row.stage for row in desk.stages().values() if f"{web.port}" in f"{row.inputs}"]
    assert set(with_the_address) == {"fetch_page"}


def test_a_folder_of_a_bucket_is_analyzed(desk: Desk, papers: Path, object_store: ObjectStore):
    url = new_bucket(object_store)
    for number, town in enumerate(TOWNS[:2]):
        access_of(object_store).client.put_object(
            Bucket=url.removeprefix("s3://"), Key=f"in/{number}.txt", Body=paper(town).encode()
        )
    s3 = {
        "HOLDFAST_S3_ENDPOINT_URL": object_store.endpoint_url,
        "HOLDFAST_S3_REGION": REGION,
        "HOLDFAST_S3_ACCESS_KEY_ID": object_store.secret,
        "HOLDFAST_S3_SECRET_ACCESS_KEY": object_store.secret,
    }
    result = told(desk.holdfast("run", "analyze_documents", f"{url}/in/", f"{url}/in/1.txt", "--json", **s3))
    assert {one["file"]: one["status"] for one in result["documents"]} == {
        "0.txt": "analyzed",
        "1.txt": "analyzed",
    }


def test_a_person_reads_it_in_eighty_columns(desk: Desk, papers: Path):
    (papers / "6.md").write_text("\x1b[31m# Not text\x07")
    ended = desk.holdfast("run", "analyze_documents", str(papers), COLUMNS="80")
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1
    assert max(map(len, (line for line in lines if "/runs/" not in line))) <= 80
    assert "In several documents" in lines
    assert any(line.startswith("5 analyzed, 1 refused.") for line in lines)
