"""What a run shows in Prefect's pages: a page, its chart, and a bar of progress; nothing of it where content is encrypted."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from blocks.durable import each, flow, show
from blocks.durable.launch import RunResult, launch
from blocks.durable.recorded_flow import ItemsFailed
from blocks.durable.world import World
from tests.worlds.secure import open_vault

__all__ = ["open_vault"]

pytestmark = pytest.mark.usefixtures("prefect_server")

CHART = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@dataclass(frozen=True)
class Item:
    """Something with a name."""

    name: str


ITEMS = [Item(f"item {number}") for number in range(5)]


@flow
def shows() -> list[str]:
    """Shows a page with a chart, and how far it came."""
    told = each(ITEMS, lambda item: item.name, failed=lambda item, error: "", progress="Items that are done")
    show("The whole", "# All of it", picture=CHART)
    return told


@flow
def shows_what_failed() -> list[str]:
    """One item raises; it counts as done with."""

    def work(item: Item) -> str:
        if item == ITEMS[2]:
            raise LookupError(item.name)
        return item.name

    return each(ITEMS, work, failed=lambda item, error: "", progress="Items that are done")


def shown_by(result: RunResult) -> dict[str, Artifact]:
    """What Prefect has of the run, by its type."""
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[result.run_id]))
    with get_client(sync_client=True) as client:
        return {str(one.type): one for one in client.read_artifacts(artifact_filter=of_run)}


def test_a_run_shows_its_page_its_chart_and_that_all_is_done(laptop: World):
    shown = shown_by(launch(shows, {}))
    assert shown["markdown"].data == "# All of it"
    assert str(shown["image"].data).startswith("data:image/svg+xml;base64,")
    assert (shown["progress"].data, shown["progress"].description) == (100.0, "Items that are done")


def test_an_item_that_failed_is_done_with(laptop: World):
    result = launch(shows_what_failed, {})
    assert isinstance(result.error, ItemsFailed)
    assert shown_by(result)["progress"].data == 100.0


def test_nothing_is_shown_where_content_is_encrypted(open_vault: Callable[..., World]):
    open_vault()
    result = launch(shows, {})
    assert result.value == [item.name for item in ITEMS]
    assert not {"markdown", "image", "progress"} & set(shown_by(result))
