"""Show a page for people on the run, as a Prefect artifact. It is a picture of what is recorded, never the record."""

import logging
import re
import unicodedata

from prefect.artifacts import create_markdown_artifact

from blocks.base.canonical import digest_of


def show(name: str, markdown: str) -> None:
    """Put *markdown* on the current run under *name*. One call to the server; where it fails, a warning is logged."""
    try:
        create_markdown_artifact(markdown, key=_key(name), description=name)
    except Exception as error:  # a page that cannot be shown must not stop a run
        logging.getLogger(__name__).warning("%s cannot be shown: %s: %s", name, type(error).__name__, error)


def _key(name: str) -> str:
    """Prefect admits lower-case letters, digits and dashes; where that says less than the name, a digest is added."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:60]
    if re.fullmatch(r"[a-z0-9-]{1,50}\.[a-z]{3,4}", name):
        return slug
    return f"{slug or 'document'}-{digest_of(name.encode('utf-8', 'surrogateescape'))[:8]}"
