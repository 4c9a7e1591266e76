"""Whatever JSON a client sends is an order or a refusal, and never anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from photoai.schemas.edits import TYPES, TaskOrderSchema
from photoai.services.edits import EditOrder

FIELDS = sorted({name for kind in TYPES.values() for name in kind.config().fields})
INNER = ["content", "outline", "box", "type", "input_files", "config", "start_sec", "text", "words"]
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=8)
)
ANYTHING = st.recursive(
    PLAIN | st.sampled_from([*TYPES, "#ff0000"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FIELDS, *INNER]), inner, max_size=4)
    ),
    max_leaves=12,
)
CONFIGS = st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(TYPES)), st.lists(st.text(max_size=4), max_size=3), CONFIGS)
def test_a_config_of_any_shape(kind: str, files: list[str], config: dict[str, Any]) -> None:
    order = read({"type": kind, "input_files": files, "config": config})
    if order:
        assert EditOrder.from_json(kind, order.as_json()).operations == order.operations


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["type", "input_files", "config"]), ANYTHING))
def test_a_body_of_any_shape(body: dict[str, Any]) -> None:
    read(body)


def read(body: dict[str, Any]) -> EditOrder | None:
    """None when it is refused."""
    try:
        order: EditOrder = TaskOrderSchema().load(body)
    except ValidationError:
        return None
    return order
