"""A real browser: Debian's chromium, steered by Playwright. What a page does that it should not is noted."""

import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NO_BROWSER = "no chromium here: the approval page was not tried in a browser (apt-get install chromium)"
SCREENSHOTS = Path(__file__).parents[2] / ".screenshots"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 375, "height": 800}


@dataclass
class Watched:
    """What happened in a window: dialogs and errors, which include what the content policy forbade."""

    page: Page
    context: BrowserContext
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Wait until every picture in sight is there."""
        self.page.evaluate(
            "() => Promise.all(Array.from(document.images, (image) => image.decode().catch(() => null)))"
        )

    def shoot(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture of the window."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.settle()
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """The browser, without windows; skipped where there is none.

    Playwright keeps an event loop in the thread while it lives, which other tests must not meet.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser) -> Generator[Callable[..., Watched]]:
    """Open windows, each with cookies of its own; no error or dialog may come up in them but what a test takes out."""
    opened: list[Watched] = []

    def open_window(*, narrow: bool = False, dark: bool = False, scripts: bool = True) -> Watched:
        context = chromium.new_context(
            viewport=NARROW if narrow else WIDE,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(10_000)
        watched = Watched(context.new_page(), context)
        _watch(watched, watched.page)
        opened.append(watched)
        return watched

    yield open_window
    for watched in opened:
        watched.context.close()
    assert [(one.dialogs, one.errors) for one in opened] == [([], [])] * len(opened)


def _watch(watched: Watched, page: Page) -> None:
    def told(dialog: object) -> None:
        watched.dialogs.append(str(dialog))
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", told)
    page.on("pageerror", lambda error: watched.errors.append(f"{error}"))
    page.on("console", lambda line: watched.errors.append(line.text) if line.type == "error" else None)
