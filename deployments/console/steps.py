"""What a long command does: one live line on a terminal, a line for each step in a pipe; always on stderr."""

from types import TracebackType

from rich.status import Status

from deployments.console.screen import err


class Steps:
    """Told one step after the other, and how much of it is done. *is_calm*: show nothing."""

    def __init__(self, *, is_calm: bool = False) -> None:
        self._is_calm = is_calm
        self._line = Status("", console=err(), spinner_style="place") if self._is_live else None
        self._step, self._done = "", 0

    @property
    def _is_live(self) -> bool:
        return err().is_terminal and not self._is_calm

    def __call__(self, step: str, done: int = 0) -> None:
        """*done* of *step* are done."""
        if step != self._step:
            self._finish()
        self._step, self._done = step, done
        if self._line is not None:
            self._line.update(f"{step}{f'  {done:,}' if done else ''}")

    def __enter__(self) -> "Steps":
        if self._line is not None:
            self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.stop()
        self._finish()

    def _finish(self) -> None:
        if self._step and not self._is_calm and not self._is_live:
            err().print(f"{self._step}{f': {self._done:,}' if self._done else ''}", markup=False)
