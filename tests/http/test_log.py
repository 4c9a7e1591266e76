"""The processing log and the server's own: every request counted, no secret written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from tests.support import photos
from tests.support.server import Client, Server


def rows(server: Server, slot: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(server.folder / "photoai.db")
    try:
        query = (
            "SELECT status, error_code, cost, response_time_ms, job_id IS NOT NULL"
            " FROM processing_log WHERE slot_id = ? ORDER BY id"
        )
        return connection.execute(query, (slot,)).fetchall()
    finally:
        connection.close()


@pytest.mark.slow
def test_every_ingest_request_with_the_right_password_is_logged(
    make_server: Callable[..., Server],
) -> None:
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="5") as server:
        with server.session() as serg:
            configure(serg, "slot-003", "delay=0")
            configure(serg, "slot-004", "say=refuse")
            configure(serg, "slot-005", "delay=4")
        booth = server.booth
        booth.send(photos.jpeg(), slot="slot-003")
        booth.send(b"no photo", slot="slot-003")
        booth.send(photos.jpeg(), slot="slot-003", password="wrong-password")
        booth.send(photos.jpeg(), slot="slot-004")
        booth.send(photos.jpeg(), slot="slot-005")
        booth.send(photos.jpeg(), slot="slot-006")
        ok, bad = rows(server, "slot-003")
        assert ok[:3] == ("SUCCESS", None, 0.01)
        assert 0 < float(str(ok[3])) < 5000
        assert bad[:2] == ("ERROR", "photo_type_not_taken")
        assert [row[:2] for row in rows(server, "slot-004")] == [("ERROR", "provider_refused")]
        late = rows(server, "slot-005")
        assert [row[:2] for row in late] == [("TIMEOUT", "provider_timeout")]
        assert 2900 < float(str(late[0][3])) < 5000
        assert [row[:2] for row in rows(server, "slot-006")] == [("ERROR", "slot_not_configured")]
        no_secret_in(server)


def configure(client: Client, slot: str, prompt: str) -> None:
    body = {
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": prompt},
    }
    client.put(f"/api/slots/{slot}", json=body).raise_for_status()


def no_secret_in(server: Server) -> None:
    """Nor anything of the guest's machine that the booth tells."""
    log, known = server.log, server.credentials
    secrets = [known["secret_key"], "wrong-password", "Booth operator", "Wedding.xml", "DSC_0001"]
    for user in ("serg", "igor"):
        secrets += known[user].values()
    assert [secret for secret in secrets if secret in log] == []
    assert all(json.loads(line)["event"] for line in log.splitlines())
