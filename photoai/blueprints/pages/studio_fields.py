"""The fields of a task's form, made of the JSON schema of its type's config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import studio_kept, studio_words

# Wider spans than this are typed, not slid.
WIDEST_SLIDER = 100
ONE_LINE = 200
# What few people change stands folded.
RARE = frozenset({
    "font", "outline_px", "outline_color", "box_color", "x", "y", "fade_sec", "language",
    "highlight_color", "fade_in_sec", "fade_out_sec", "base_volume", "loudness",
})  # fmt: skip
SOLID = 100

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One input of a form. `path` is where it stands in the config, as `config.texts.0.color`;
    `kind` is text, line, number, slider, choice, toggle, colour, font, group, list, or kept, which
    nobody sees; `value` what it holds, None for what is left as usual. `inner` are a group's
    fields, `rows` a list's, each with its own."""

    path: str
    kind: str
    label: str
    help: str = ""
    unit: str = ""
    value: Any = None
    default: Any = None
    required: bool = False
    optional: bool = False
    least: float | None = None
    most: float | None = None
    step: str = "any"
    longest: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    has_alpha: bool = False
    inner: tuple[Field, ...] = ()
    rows: tuple[tuple[Field, ...], ...] = ()
    fewest_rows: int = 0
    most_rows: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def id(self) -> str:
        return "f-" + self.path.replace(".", "-")

    @property
    def written(self) -> Any:
        """The value as an input holds it."""
        if isinstance(self.value, float) and self.value.is_integer():
            return int(self.value)
        return "" if self.value is None else self.value

    @property
    def is_rare(self) -> bool:
        return self.name in RARE

    @property
    def is_changed(self) -> bool:
        return self.value not in (None, self.default)

    @property
    def color(self) -> str:
        """The six digits of a colour's value."""
        return str(self.value or "#000000")[:7]

    @property
    def solid_percent(self) -> int:
        digits = str(self.value or "")[7:9]
        return round(int(digits, 16) / 255 * SOLID) if digits else SOLID


def fields_of(schema: Json, values: Json, path: str = "config") -> tuple[Field, ...]:
    """An input for everything the schema knows, lists first and what few people change last."""
    return tuple(sorted(_fields(schema, values, path), key=_order))


def _order(each: Field) -> tuple[bool, bool]:
    return each.kind != "list", each.is_rare


def _fields(schema: Json, values: Json, path: str) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, rule in schema.get("properties", {}).items():
        types, value = _types(rule), values.get(name)
        common = {
            "path": f"{path}.{name}",
            "label": str(rule.get("title") or name),
            "help": str(rule.get("description") or ""),
            "unit": str(studio_words.UNITS.get(rule.get("x-unit", ""), "")),
            "value": rule.get("default") if value is None else value,
            "default": rule.get("default"),
            "required": name in required,
            "optional": "null" in types,
        }
        if "array" in types and _is_in_row(path):
            if value:  # nobody types the time of every word
                yield Field(kind="kept", **common | {"value": studio_kept.written(name, values)})
        elif (made := _field(name, rule, types, common)) is not None:
            yield made


def _is_in_row(path: str) -> bool:
    return any(part.isdecimal() for part in path.rpartition("config")[2].split("."))


def _types(rule: Json) -> Sequence[str]:
    kind = rule.get("type", "string")
    return [kind] if isinstance(kind, str) else list(kind)


def _field(name: str, rule: Json, types: Sequence[str], common: Json) -> Field | None:
    if "array" in types:
        return _list(rule, common)
    if "object" in types:
        value = common["value"]
        inner = fields_of(rule, value if isinstance(value, Mapping) else {}, common["path"])
        return Field(kind="group", inner=inner, **common)
    if "enum" in rule:
        return Field(kind="choice", choices=_choices(name, rule), **common)
    if "boolean" in types:
        return Field(kind="toggle", **common)
    if "number" in types or "integer" in types:
        return _number(rule, types, common)
    if rule.get("format") == "color":
        return Field(kind="colour", has_alpha="{2}" in rule.get("pattern", ""), **common)
    if rule.get("format") == "font":
        return Field(kind="font", **common)
    longest = rule.get("maxLength")
    is_long = rule.get("format") == "text" or (longest or 0) > ONE_LINE
    return Field(kind="text" if is_long else "line", longest=longest, **common)


def _list(rule: Json, common: Json) -> Field | None:
    """None for a list of what has no fields."""
    path, value = common["path"], common["value"]
    if "properties" not in rule["items"]:
        return None
    rows = [row if isinstance(row, Mapping) else {} for row in value or ()]
    if not rows and common["required"]:
        rows = [{}]
    return Field(
        kind="list",
        rows=tuple(fields_of(rule["items"], row, f"{path}.{at}") for at, row in enumerate(rows)),
        fewest_rows=0 if common["optional"] else rule.get("minItems", 0),
        most_rows=rule.get("maxItems", 0),
        **common,
    )


def _number(rule: Json, types: Sequence[str], common: Json) -> Field:
    least, most = rule.get("minimum"), rule.get("maximum")
    span = most - least if least is not None and most is not None else WIDEST_SLIDER + 1
    slides = span <= WIDEST_SLIDER and not common["optional"]
    whole = "integer" in types
    return Field(
        kind="slider" if slides else "number",
        least=least,
        most=most,
        step="1" if whole else "0.01" if span <= 1 else "0.1" if slides else "any",
        **common,
    )


def _choices(name: str, rule: Json) -> tuple[tuple[str, str], ...]:
    """Those with words, where there are words: short forms are for programs."""
    words = studio_words.choices_of(name)
    values = [str(each) for each in rule["enum"] if each is not None]
    known = [(each, str(words[each])) for each in values if each in words]
    return tuple(known) or tuple((each, each) for each in values)
