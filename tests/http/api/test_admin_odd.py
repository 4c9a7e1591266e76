"""Whatever is asked of administration, it is answered or refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photoai.services.accounts import LIMITS

from .admin_routes import ADMIN

ODD = st.one_of(
    st.text(max_size=30),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["", "true", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59+14:00", "%", "_",
                     "0001-01-01T00:00:00+14:00", "user:1", "task:", "\\", "1e9", "null"]),
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["search", "role", "active", "plan", "page", "page_size", "sort", "user",
                     "state", "type", "from", "to", "actor", "action", "target"]),
    ODD, max_size=5,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["active", "plan", "quotas", "version", "keys", *LIMITS]), inner
        )
    ),
    max_leaves=8,
)
HOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.slow
@HOW
@given(
    query=QUERIES,
    path=st.sampled_from(["users", "users/1", "tasks", "usage", "audit", "users/00", "tasks/1"]),
)
def test_no_query_is_a_fault(admin: FlaskClient, query: dict[str, str], path: str) -> None:
    answer = admin.get(f"{ADMIN}/{path}", query_string=query)
    assert answer.status_code in {200, 400, 404, 405, 422}, answer.text
    assert answer.status_code == 200 or answer.get_json()["error"]["code"]


@pytest.mark.slow
@HOW
@given(body=JSON, path=st.sampled_from(["users/1", "users/3", "users/1/sign-out", "users/77"]))
def test_no_body_is_a_fault(admin: FlaskClient, body: Any, path: str) -> None:
    method = "POST" if path.endswith("out") else "PATCH"
    answer = admin.open(f"{ADMIN}/{path}", method=method, json=body)
    assert answer.status_code in {200, 400, 404, 409, 422}, answer.text
