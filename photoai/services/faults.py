"""What a JSON schema finds wrong with settings, in sentences that name what would be right.

A schema's own words hold the value, which may be long, secret or somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from photoai.errors import Sentence

OTHERWISE = Sentence("This value does not fit.")
TYPES = {
    "array": Sentence("A list is needed."),
    "boolean": Sentence("true or false is needed."),
    "integer": Sentence("A whole number is needed."),
    "number": Sentence("A number is needed."),
    "object": Sentence("An object is needed."),
    "string": Sentence("Text is needed."),
}
FORMATS = {"uuid": Sentence("The id of a registered image is needed.")}
# By the keyword that failed; `limit` is what the schema says there.
RULES = {
    "additionalProperties": Sentence("Unknown field."),
    "enum": Sentence("Must be one of: {limit}."),
    "exclusiveMaximum": Sentence("Must be less than {limit}."),
    "exclusiveMinimum": Sentence("Must be greater than {limit}."),
    "format": Sentence("Not in the form {limit}."),
    "maxItems": Sentence("Too many members: the most is {limit}."),
    "maxLength": Sentence("Too many characters: the most is {limit}."),
    "maximum": Sentence("Must be less than or equal to {limit}."),
    "minItems": Sentence("Too few members: the least is {limit}."),
    "minLength": Sentence("Too few characters: the least is {limit}."),
    "minimum": Sentence("Must be greater than or equal to {limit}."),
    "multipleOf": Sentence("Must be a multiple of {limit}."),
    "pattern": Sentence("Does not match the pattern {limit}."),
    "required": Sentence("Missing data for required field."),
}


def by_path(found: Iterable[Any]) -> dict[str, list[str]]:
    """A schema's errors as sentences under where they stand: `{"settings_json.prompt": […]}`."""
    problems: dict[str, list[str]] = {}
    for error in found:
        said = sentence(error)
        for path in _paths(error):
            # Every missing key is an error of its own that names the others too.
            if said not in problems.setdefault(path, []):
                problems[path].append(said)
    return problems


def sentence(error: Any) -> Sentence:
    """What would be right, never what was sent."""
    keyword, limit = str(error.validator), error.validator_value
    if keyword == "type":
        return TYPES.get(str(limit), OTHERWISE)
    if keyword == "format" and limit in FORMATS:
        return FORMATS[limit]
    if keyword not in RULES:
        return OTHERWISE
    if keyword == "enum":
        limit = ", ".join(map(str, limit))
    return RULES[keyword].filled(limit=limit)


def _paths(error: Any) -> Iterator[str]:
    """Where it stands: a missing or unknown key is named itself."""
    base = ["settings_json", *(str(part) for part in error.absolute_path)]
    names = []
    if error.validator == "required":
        names = [name for name in error.validator_value if name not in error.instance]
    elif error.validator == "additionalProperties":
        names = [name for name in error.instance if name not in error.schema.get("properties", {})]
    yield from (".".join([*base, str(name)]) for name in names) if names else [".".join(base)]
