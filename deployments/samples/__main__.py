"""`python -m deployments.samples FOLDER`: write the sample documents into FOLDER."""

import sys
from pathlib import Path

from deployments.samples.collection import SAMPLES


def write(folder: Path) -> None:
    """Write every sample document into *folder*, made where it is missing; files of ours are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        (folder / sample.file).write_bytes(sample.make())


def main(arguments: list[str]) -> int:
    """Write the samples into the one folder named; 0 done, 1 the folder cannot be written, 2 misuse."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m deployments.samples FOLDER", file=sys.stderr)
        return 2
    try:
        write(Path(arguments[0]))
    except OSError as error:
        print(
            f"The samples cannot be written: {error}. Name a folder that you may write to.", file=sys.stderr
        )
        return 1
    print(f"{len(SAMPLES)} sample documents of fictional firms in {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
