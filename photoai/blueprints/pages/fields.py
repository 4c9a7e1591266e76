"""The fields of an operation's settings, made from its JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from photoai.services.catalogue import MEDIA_SUFFIX, Catalogue

# Longer texts get a box of several lines and a counter.
ONE_LINE = 200


@dataclass(frozen=True)
class Field:
    """One input of a form. `path` is where it stands in the settings (`output.quality`), `kind` is
    text, line, number, slider, choice, toggle, media or group, `value` what it holds now."""

    path: str
    kind: str
    label: str
    type: str  # the schema's, which a module writes its JSON by
    value: Any = None
    required: bool = False
    default: Any = None
    least: float | None = None
    most: float | None = None
    step: str = "1"
    longest: int | None = None
    choices: tuple[str, ...] = ()
    inner: tuple[Field, ...] = field(default=())


def fields_of(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[Field]:
    """An input for everything the schema knows, the required first, groups last."""
    made = list(_fields(schema, values, ""))
    return sorted(made, key=lambda each: (each.kind == "group", each.kind == "media"))


def settings_from(schema: Mapping[str, Any], form: Mapping[str, str], prefix: str = "") -> Any:
    """The settings a form brings: text where JSON has numbers, nothing for what was left empty.

    What is no number stays text, for the schema to refuse.
    """
    found: dict[str, Any] = {}
    for name, rule in schema.get("properties", {}).items():
        path = prefix + name
        if rule.get("type") == "object":
            if inner := settings_from(rule, form, path + "."):
                found[name] = inner
        elif rule.get("type") == "boolean":
            if path + ".there" in form:
                found[name] = path in form
        elif (given := form.get(path, "")) != "":
            found[name] = _value(rule, given)
    return found


def every_label(catalogue: Catalogue) -> Iterator[str]:
    """What the forms of all operations say, providers' and operations' names too."""
    for provider in catalogue.providers.values():
        yield provider.title
        for operation_id in provider.operations:
            operation = catalogue.operations[operation_id]
            yield operation.title
            if operation.description:
                yield operation.description
            yield from _labels(catalogue.schema(provider.id, operation_id))


def _labels(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, rule in schema.get("properties", {}).items():
        yield label_of(name, rule)
        yield from _labels(rule)


def label_of(name: str, rule: Mapping[str, Any]) -> str:
    """The schema's own title, or the property's name as words."""
    words = name.removesuffix(MEDIA_SUFFIX).replace("_", " ")
    if name.endswith(MEDIA_SUFFIX):
        words += " image"
    return str(rule.get("title") or words.capitalize())


def _fields(schema: Mapping[str, Any], values: Mapping[str, Any], prefix: str) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, rule in schema.get("properties", {}).items():
        value, path = values.get(name), prefix + name
        common = {
            "path": path, "label": label_of(name, rule),
            "type": rule.get("type", "string"), "required": name in required,
            "default": rule.get("default"),
            "value": rule.get("default") if value is None else value,
        }  # fmt: skip
        if rule.get("type") == "object":
            inner = value if isinstance(value, Mapping) else {}
            yield Field(kind="group", inner=tuple(_fields(rule, inner, path + ".")), **common)
        elif "enum" in rule:
            yield Field(kind="choice", choices=tuple(map(str, rule["enum"])), **common)
        elif rule.get("type") == "boolean":
            yield Field(kind="toggle", **common)
        elif rule.get("type") in {"integer", "number"}:
            yield _number(rule, common)
        elif name.endswith(MEDIA_SUFFIX):
            yield Field(kind="media", **common)
        else:
            longest = rule.get("maxLength")
            kind = "text" if longest and longest > ONE_LINE else "line"
            yield Field(kind=kind, longest=longest, **common)


def _number(rule: Mapping[str, Any], common: Mapping[str, Any]) -> Field:
    least, most = rule.get("minimum"), rule.get("maximum")
    step = "1" if rule["type"] == "integer" else "0.01"
    # A slider over billions of values is no help.
    slides = least is not None and most is not None and most - least <= 10_000
    kind = "slider" if slides else "number"
    return Field(kind=kind, least=least, most=most, step=step, **common)


def _value(rule: Mapping[str, Any], given: str) -> Any:
    kind = rule.get("type")
    try:
        if kind == "integer":
            return int(given)
        if kind == "number":
            return float(given.replace(",", "."))
    except ValueError:
        return given
    return given
