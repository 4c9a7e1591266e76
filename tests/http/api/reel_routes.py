"""What each of the cast gets at the addresses of analyses. Serg has had one video analysed, which
is not here any more. Where strangers are let in, see tests/http/reels."""

from __future__ import annotations

from .merge_routes import everybody, owner

REEL = "reel-of-serg"
STATUS, OWN = f"/api/status/{REEL}", f"/api/reels/{REEL}"

# What counts of an order is who gets as far as its body.
ROUTES = [
    ("POST", "/api/upload", everybody(415)),
    ("GET", STATUS, owner(200)),
    ("GET", f"{STATUS}/events", owner(200)),
    ("POST", f"{STATUS}/retry", owner(409)),
    ("GET", f"{OWN}.srt", owner(200)),
    ("GET", f"{OWN}.md", owner(200)),
    ("GET", f"{OWN}.json", owner(200)),
    ("GET", f"{OWN}/first.jpg", owner(200)),
    ("GET", f"{OWN}/video", owner(410)),
    ("POST", f"{OWN}/subtitles", owner(410)),
    ("DELETE", STATUS, owner(204)),
]
