"""The one door to randomness, where it decides nothing but when."""

import random


def jittered(seconds: float) -> float:
    """A time between half of *seconds* and all of it, so that many who wait do not come back at once."""
    return random.uniform(seconds / 2, seconds)  # noqa: S311  no secret depends on it
