"""What a user may set for `analyze_documents`."""

from pydantic import Field

from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice_settings import IntakeLimits


class AnalysisSettings(Frozen):
    """Limits of one run, and how long summaries are."""

    limits: IntakeLimits = IntakeLimits()
    summary_words: int = Field(default=120, ge=20, le=1000, description="about as long is a summary")
