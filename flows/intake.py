"""Intake: documents that arrive are taken once, and processed."""

from blocks.durable import flow
from tasks.schemas.arrival import IntakeSettings, Started
from tasks.take import in_batches, look_into, start_processing, take


@flow
def intake(places: list[str], settings: IntakeSettings = IntakeSettings()) -> list[Started]:
    """Take each document that arrived in folders or buckets and was not taken yet, and start the processing of it.

    Args:
        places: Folders that every worker sees, or `s3://BUCKET/FOLDER/`.
        settings: What is started, for how many documents at a time.
    """
    taken = take(look_into(places, settings))
    return [start_processing(batch, settings.deployment) for batch in in_batches(taken, settings.batch)]
