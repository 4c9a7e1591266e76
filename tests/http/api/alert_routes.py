"""What each of the cast gets at the addresses of alerts and of the summary. Serg has an alert, and
nobody a summary."""

from __future__ import annotations

ALERTS, SUMMARY = "/api/alerts", "/api/summary"
ALERT = "alert-of-serg"


def operators(status: int) -> dict[str, int]:
    return {"serg": status, "igor": status, "member": 403, "admin": 403, "stranger": 401}


ROUTES = [
    ("GET", ALERTS, operators(200)),
    ("POST", f"{ALERTS}/{ALERT}/acknowledge", operators(200) | {"igor": 404}),
    ("GET", SUMMARY, operators(200)),
    ("PUT", SUMMARY, operators(422)),
    ("POST", f"{SUMMARY}/test", operators(409)),
    ("GET", f"{SUMMARY}/deliveries", operators(200)),
]
