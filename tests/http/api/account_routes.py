"""What each of the cast gets at the addresses of accounts and keys."""

from __future__ import annotations

EVERYBODY = {"serg": 200, "igor": 200, "admin": 200, "member": 200, "member_key": 200}
NOBODY = {"stranger": 401, "revoked_key": 401, "expired_key": 401, "inactive": 403}
KEYS = "/server2/videoapi/auth/api-keys"
# None of them is a whole request: what counts is who gets as far as its body.
ROUTES = [
    ("POST", "/api/v1/auth/register", {"stranger": 422, "member": 422}),
    ("POST", "/api/v1/auth/login", {"stranger": 422, "member": 422}),
    ("POST", "/api/v1/auth/refresh", {"stranger": 422, "member": 422}),
    ("GET", "/api/v1/auth/me", EVERYBODY | NOBODY),
    (
        "POST",
        "/api/v1/auth/logout",
        NOBODY | {"serg": 204, "igor": 204, "admin": 204, "member": 204, "member_key": 409},
    ),
    ("POST", "/server2/videoapi/auth/register", {"stranger": 422, "member": 422}),
    ("POST", "/server2/videoapi/auth/login", {"stranger": 422, "member": 422}),
    ("GET", "/server2/videoapi/auth/verify", EVERYBODY | NOBODY),
    ("GET", KEYS, EVERYBODY | NOBODY),
    ("POST", "/server2/videoapi/auth/create-api-key", dict.fromkeys(EVERYBODY, 201) | NOBODY),
    (
        "DELETE",
        f"{KEYS}/key-of-serg",
        dict.fromkeys(EVERYBODY, 404) | NOBODY | {"serg": 204},
    ),
    # The key goes first: the member's token ends it too.
    ("DELETE", KEYS, {"member_key": 200} | EVERYBODY | NOBODY),
]
