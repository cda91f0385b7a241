"""What a language model answers when it is asked for accounts."""

from pydantic import Field

from tasks.schemas.frozen import Frozen


class CategoryChoice(Frozen):
    """An account by its code, why, and how sure."""

    code: str = Field(description="a code of the given chart")
    reason: str = Field(description="one short sentence")
    confidence: float = Field(ge=0, le=1)


class CategoryChoices(Frozen):
    """One choice per line, in the order of the lines, and one for the whole."""

    lines: tuple[CategoryChoice, ...] = ()
    main: CategoryChoice
