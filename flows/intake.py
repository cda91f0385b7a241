from blocks.durable import flow
@flow
def intake(place: str = "") -> list[str]:
    """Take."""
    return []
