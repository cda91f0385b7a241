"""What is away is tried again for a while, by everybody together; what is wrong is not."""

import threading

import pytest

from blocks.base import clock
from blocks.base.patience import Patience


class Away(Exception):
    """It does not answer."""


class Resource:
    """Answers from the n-th time on."""

    def __init__(self, answers_at: int) -> None:
        self.answers_at, self.asked = answers_at, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked < self.answers_at:
            raise Away
        return "here"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waiting pass at once, and note how long it would have been."""
    passed: list[float] = []
    monkeypatch.setattr(clock, "sleep", passed.append)
    monkeypatch.setattr(clock, "monotonic", lambda: sum(passed))
    return passed


def test_what_comes_back_in_time_is_waited_for(waits: list[float]):
    resource = Resource(answers_at=5)
    assert Patience(15)(resource, Away) == "here"
    assert resource.asked == 5
    assert all(later > 0 for later in waits)


def test_what_stays_away_is_given_up_after_the_patience_and_not_before(waits: list[float]):
    with pytest.raises(Away):
        Patience(15)(Resource(answers_at=10**9), Away)
    assert sum(waits) == pytest.approx(15)
    assert max(waits) <= 2


def test_waits_grow_and_are_not_all_alike(waits: list[float]):
    with pytest.raises(Away):
        Patience(60)(Resource(answers_at=10**9), Away)
    assert waits[0] <= 0.05
    assert len(set(waits[8:20])) > 3


def test_who_comes_late_to_an_outage_tries_once(waits: list[float]):
    patience = Patience(15)
    with pytest.raises(Away):
        patience(Resource(answers_at=10**9), Away)
    late = Resource(answers_at=10**9)
    with pytest.raises(Away):
        patience(late, Away)
    assert late.asked == 1


def test_after_a_success_or_a_long_silence_there_is_new_patience(waits: list[float]):
    patience = Patience(15)
    for meanwhile in (lambda: patience(lambda: "here", Away), lambda: waits.append(100)):
        with pytest.raises(Away):
            patience(Resource(answers_at=10**9), Away)
        meanwhile()
        assert patience(Resource(answers_at=4), Away) == "here"


def test_what_is_no_outage_is_not_tried_again(waits: list[float]):
    resource = Resource(answers_at=5)
    with pytest.raises(Away):
        Patience(15)(resource, ValueError)
    assert (resource.asked, waits) == (1, [])


def test_without_patience_everything_is_tried_once(waits: list[float]):
    resource = Resource(answers_at=2)
    with pytest.raises(Away):
        Patience(0)(resource, Away)
    assert resource.asked == 1


def test_many_threads_share_one_outage():
    patience, ended = Patience(0.3), []

    def ask() -> None:
        began = clock.monotonic()
        with pytest.raises(Away):
            patience(Resource(answers_at=10**9), Away)
        ended.append(clock.monotonic() - began)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 8
    assert max(ended) < 5
