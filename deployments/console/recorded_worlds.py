"""The worlds that runs were started in: a run goes on where it began, whoever goes on with it."""

import os

from deployments.console.past import history, late


class RecordedWorlds:
    """Enters the recorded world of one run after the other; what the environment named from the start stays."""

    def __init__(self) -> None:
        self._given = {name for name in os.environ if name.startswith("HOLDFAST_")}
        self._entered: dict[str, str] = {}

    def enter(self, run_id: str) -> None:
        """Let this process work as the run was started. Effects: variables of this process; its world is opened anew."""
        recorded = history().settings_of(run_id).items()
        wanted = {f"HOLDFAST_{name.upper()}": value for name, value in recorded}
        wanted = {name: value for name, value in wanted.items() if name not in self._given}
        if wanted == self._entered:
            return
        for name in self._entered.keys() - wanted.keys():
            os.environ.pop(name, None)
        os.environ.update(wanted)
        self._entered = wanted
        late("blocks.durable.world").leave()
