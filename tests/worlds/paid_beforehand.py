"""Import it before processes are forked that pay a model: what takes long the first time is done then."""

from tests.worlds.paid import warm

warm()
