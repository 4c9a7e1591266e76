"""What an upload is by its first bytes; its name and the type it was sent with decide nothing."""

from __future__ import annotations

from dataclasses import dataclass

from photoai.errors import ClipTypeNotTaken
from photoai.models import FileKind
from photoai.services.video import container_of

HEAD_BYTES = 4096
# For whoever sends something else.
TAKEN = {
    FileKind.VIDEO: ["MP4", "MOV", "WebM", "MKV", "AVI", "MPEG-TS", "MPEG-PS", "FLV"],
    FileKind.AUDIO: ["MP3", "WAV", "FLAC", "Ogg", "M4A", "AAC"],
    FileKind.IMAGE: ["JPEG", "PNG", "WebP", "GIF"],
    FileKind.SUBTITLES: ["SRT", "VTT", "ASS"],
    FileKind.FONT: ["TTF", "OTF", "TTC"],
}
SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}


@dataclass(frozen=True)
class Sort:
    kind: FileKind
    mime: str


MP4, QUICKTIME = Sort(FileKind.VIDEO, "video/mp4"), Sort(FileKind.VIDEO, "video/quicktime")
WEBM, MATROSKA = Sort(FileKind.VIDEO, "video/webm"), Sort(FileKind.VIDEO, "video/x-matroska")
AVI, FLV = Sort(FileKind.VIDEO, "video/x-msvideo"), Sort(FileKind.VIDEO, "video/x-flv")
MPEG_TS, MPEG_PS = Sort(FileKind.VIDEO, "video/mp2t"), Sort(FileKind.VIDEO, "video/mpeg")
MP3, AAC = Sort(FileKind.AUDIO, "audio/mpeg"), Sort(FileKind.AUDIO, "audio/aac")
WAV, FLAC = Sort(FileKind.AUDIO, "audio/wav"), Sort(FileKind.AUDIO, "audio/flac")
OGG, M4A = Sort(FileKind.AUDIO, "audio/ogg"), Sort(FileKind.AUDIO, "audio/mp4")
JPEG, PNG = Sort(FileKind.IMAGE, "image/jpeg"), Sort(FileKind.IMAGE, "image/png")
WEBP, GIF = Sort(FileKind.IMAGE, "image/webp"), Sort(FileKind.IMAGE, "image/gif")
TTF, OTF = Sort(FileKind.FONT, "font/ttf"), Sort(FileKind.FONT, "font/otf")
TTC = Sort(FileKind.FONT, "font/collection")
STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"ttcf", TTC),
)
# Of one font, followed by how many tables it has (OpenType, "Organization of an OpenType Font"). A
# film may begin like one of them, but not with so few.
FONTS = {b"\0\1\0\0": TTF, b"true": TTF, b"OTTO": OTF}
MAX_TABLES = 64
RIFFS = {b"WEBP": WEBP, b"WAVE": WAV}
FILMS = {"avi": AVI, "flv": FLV, "mpegts": MPEG_TS, "mpeg": MPEG_PS}
# The same containers with sound alone.
AS_SOUND = {MP4: M4A, QUICKTIME: M4A} | {
    film: Sort(FileKind.AUDIO, film.mime.replace("video/", "audio/")) for film in (WEBM, MATROSKA)
}


def sort_of(head: bytes) -> Sort | None:
    """What a file beginning with `head` (4 kB of it) is, text aside; None when it is not taken."""
    for start, sort in STARTS:
        if head.startswith(start):
            return sort
    if head.startswith((b"RIFF", b"RF64")) and head[8:12] in RIFFS:
        return RIFFS[head[8:12]]
    return _font(head) or _film(head) or _bare_sound(head)


def _font(head: bytes) -> Sort | None:
    tables = int.from_bytes(head[4:6])
    return FONTS.get(head[:4]) if 0 < tables <= MAX_TABLES else None


def _film(head: bytes) -> Sort | None:
    """Whatever is a clip behind an address is one as an upload."""
    try:
        container = container_of(head)
    except ClipTypeNotTaken:
        return None
    if container == "mp4":
        return _boxed(head)
    if container == "matroska":
        return WEBM if b"webm" in head[:64] else MATROSKA
    return FILMS[container]


def _boxed(head: bytes) -> Sort:
    """By the first box of an ISO base media file (ISO/IEC 14496-12, 4.3); what begins with another
    than its brand is old QuickTime."""
    box, brand = head[4:8], head[8:12]
    if box != b"ftyp" or brand == b"qt  ":
        return QUICKTIME
    return M4A if brand in SOUND_BRANDS else MP4


def _bare_sound(head: bytes) -> Sort | None:
    """By the first frame's header: layer III is MP3 (ISO/IEC 11172-3, 2.4.1.3), ADTS has none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return AAC
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    is_mp3 = version != 1 and layer == 1 and 0 < bit_rate < 15 and sample_rate != 3
    return MP3 if is_mp3 else None
