"""What is set for a run on its command line: `--set NAME.PATH=VALUE` becomes a parameter of the flow."""

import json
from collections.abc import Sequence
from typing import Any

from blocks.base.errors import Misuse
from deployments.console.catalog import FlowEntry
from deployments.console.past import late


class BadSetting(Misuse):
    """--set {setting!r} cannot be carried out:"""

    next = "Write --set NAME.PATH=VALUE, for example --set settings.ask_above.EUR=1000."


def settings_given(entry: FlowEntry, settings: Sequence[str]) -> dict[str, Any]:
    """The parameters that *settings* name. A value is JSON where it can be read so (numbers as text), else text.

    Raises BadSetting. Whether a value fits is told by `checked`.
    """
    names, made = entry.parameters[1:], dict[str, Any]()
    for setting in settings:
        path, sign, text = setting.partition("=")
        parts = path.strip().split(".")
        if not sign or not all(parts):
            raise BadSetting("It is no NAME=VALUE.", setting=setting)
        if parts[0] not in names:
            known = f"has {', '.join(names)}" if names else "can be set nothing"
            raise BadSetting(f"The flow {entry.name} {known}.", setting=setting)
        place = made
        for part in parts[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise BadSetting("Another setting gave a value to a part of it.", setting=setting)
        place[parts[-1]] = _value(text)
    return made


def checked(flow_object: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """*parameters* where the flow takes them. Raises BadSetting."""
    try:
        flow_object.validate_parameters(parameters)
    except late("prefect.exceptions").ParameterTypeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip() and "https://" not in line]
        raise BadSetting(" ".join(lines), setting=", ".join(parameters)) from error
    return parameters


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text
