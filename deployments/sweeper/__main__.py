"""`python -m deployments.sweeper`: be the sweeper of this home, unless there is one."""

from blocks.base.home import home
from deployments.sweeper.keeper import only_one
from deployments.sweeper.loop import sweep_for_ever

if __name__ == "__main__":
    with only_one(home()) as is_ours:
        if is_ours:
            sweep_for_ever(home())
