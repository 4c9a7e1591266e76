"""What each of the cast gets at the addresses of conversions. Serg has had one video converted, as
the only file of a batch. Where strangers are let in, see tests/http/ascii."""

from __future__ import annotations

from .merge_routes import everybody, owner

V1 = "/api/v1"
JOB, BATCH = "abc123def456", "batch_abc123def456"
STATUS = f"{V1}/status/{JOB}"

# What counts of an order is who gets as far as its body.
ROUTES = [
    ("POST", f"{V1}/convert/video", everybody(415)),
    ("POST", f"{V1}/convert/batch", everybody(415)),
    ("POST", f"{V1}/convert/stream", everybody(422)),
    ("GET", f"{V1}/convert/batch/{BATCH}", owner(200)),
    ("GET", STATUS, owner(200)),
    ("GET", f"{STATUS}/events", owner(200)),
    ("GET", f"{V1}/download/{JOB}/video", owner(200)),
    ("DELETE", STATUS, owner(409)),
]
# Whoever speaks WebSocket may come in; a start says who it is.
OPEN = {f"{V1}/ws/convert"}
