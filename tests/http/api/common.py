"""What several of these tests send."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask.testing import FlaskClient

from tests.support import photos

CHANGE = {
    "name": "Ночь",
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}


def register(client: FlaskClient, data: bytes = b"", **fields: str) -> Any:
    form = {"file": (BytesIO(data or photos.jpeg()), "style.jpg"), **fields}
    return client.post("/api/media/register", data=form)
