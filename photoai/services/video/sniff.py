"""What a file is by its first bytes; its name and the type it was sent with decide nothing."""

from __future__ import annotations

from photoai.errors import ClipTypeNotTaken

HEAD_BYTES = 4096
ISO_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
STILL_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
TS_PACKETS = ((0, 188), (4, 192))  # offset of the first sync byte, distance of the next
OTHERS = (
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"#EXTM3U", "playlist"),
    (b"<?xml", "text"),
    (b"<!doctype", "page"),
    (b"<html", "page"),
    (b"ffconcat", "script"),
    (b"file ", "script"),
    (b"%PDF", "document"),
    (b"PK\x03\x04", "archive"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
)


def container_of(head: bytes) -> str:
    """The key of `facts.DEMUXERS` that reads a file starting with `head` (4 kB of it).

    Raises:
        ClipTypeNotTaken: none does; `details["seen"]` says what it looks like, if it is known.
    """
    if head[4:8] in ISO_BOXES and head[8:12] not in STILL_BRANDS:
        return "mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head.startswith(b"\x00\x00\x01\xba"):
        return "mpeg"
    if any(_is_stream(head, *packets) for packets in TS_PACKETS):
        return "mpegts"
    raise ClipTypeNotTaken(details={"seen": _looks_like(head)})


def _is_stream(head: bytes, first: int, distance: int) -> bool:
    sync = [head[at : at + 1] == b"\x47" for at in range(first, first + 5 * distance, distance)]
    return len(head) > first + 4 * distance and all(sync)


def _looks_like(head: bytes) -> str:
    if head[8:12] in STILL_BRANDS or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "image"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((kind for magic, kind in OTHERS if start.startswith(magic.lower())), "unknown")
