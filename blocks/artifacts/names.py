"""Where an envelope lies on a shelf that has paths."""


def path_of(name: str) -> str:
    """`ab/abcd...` for the name `abcd...`. Raises ValueError where it is no name."""
    if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise ValueError(f"an artifact is named by 64 hex digits, got {name!r}")
    return f"{name[:2]}/{name}"
