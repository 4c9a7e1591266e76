"""Who calls the API in these tests."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from photoai.app import services_of
from photoai.blueprints.guard import issue_token
from photoai.models import Role, User
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user


@pytest.fixture
def cast(app: Flask) -> dict[str, FlaskClient]:
    """Two operators, a member without slots, and somebody nobody knows."""
    services = services_of(app)
    with services.database.begin() as session:
        add_user(session, "member")
        users = {user.username: user for user in session.query(User)}
    people = {"stranger": app.test_client(use_cookies=False)}
    for name, user in users.items():
        client = app.test_client(use_cookies=False)
        with app.test_request_context():
            token = issue_token(Caller(user.id, name, Role(user.role)))
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        people[name] = client
    return people


@pytest.fixture
def serg(cast: dict[str, FlaskClient]) -> FlaskClient:
    return cast["serg"]


@pytest.fixture
def job_of_serg(services: Services) -> str:
    with services.database.begin() as session:
        user = session.query(User).filter_by(username="serg").one()
        draft = JobDraft(
            public_id="job-of-serg", user_id=user.id, kind="photo", created=utcnow(),
            provider="local", slot_id="slot-001",
        )  # fmt: skip
        return states.insert(session, draft).public_id
