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
from photoai.services.accounts.keys import add_key
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user

STAFF = {"member": Role.MEMBER, "inactive": Role.MEMBER, "admin": Role.ADMIN}
MEMBERS_KEYS = ("member_key", "revoked_key", "expired_key")


@pytest.fixture
def cast(app: Flask) -> dict[str, FlaskClient]:
    """Two operators, an administrator, a member by token and by key, keys that are dead, an account
    that is switched off, and somebody nobody knows."""
    services = services_of(app)
    with services.database.begin() as session:
        for name, role in STAFF.items():
            add_user(session, name, role).email = f"{name}@example.com"
        users = {user.username: user for user in session.query(User)}
        users["inactive"].active = False
        member = users["member"]
        keys = {name: add_key(session, member.id, name) for name in MEMBERS_KEYS}
        keys["revoked_key"].row.revoked_at = utcnow()
        keys["expired_key"].row.expires_at = utcnow()
        add_key(session, users["serg"].id, "known by its id").row.id = "key-of-serg"
    people = {"stranger": app.test_client(use_cookies=False)}
    for name, user in users.items():
        with app.test_request_context():
            token = issue_token(Caller(user.id, name, Role(user.role)))
        people[name] = bearing(app, token)
    return people | {name: bearing(app, key.secret) for name, key in keys.items()}


def bearing(app: Flask, token: str) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


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
