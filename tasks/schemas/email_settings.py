"""What a user may set for `send_email`."""

from pydantic import Field

from blocks.base.asking import Approvers
from tasks.schemas.frozen import Frozen


class EmailSettings(Frozen):
    """Who decides, and what counts as inside."""

    approvers: Approvers = Approvers()
    own_domains: tuple[str, ...] = Field(
        default=(), description="domains that are not outside; the sender's own is always one"
    )
