"""`python -m deployments.sweeper`: be the sweeper of this home, unless there is one."""

from blocks.base.home import home
from deployments.sweeper import SWEEPER
from deployments.sweeper.loop import sweep_for_ever

if __name__ == "__main__":
    with SWEEPER.only_one(home()) as is_ours:
        if is_ours:
            SWEEPER.show(home())
            sweep_for_ever(home())
