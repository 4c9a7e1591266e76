"""What an upload is, and what it holds."""

from __future__ import annotations

import codecs
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.errors import (
    ClipTypeNotTaken,
    ClipWithoutVideo,
    FileDamaged,
    FileTypeNotTaken,
    FontUnusable,
    PhotoaiError,
    PhotoDamaged,
    PhotoTooManyPixels,
    SubtitlesEncodingUnknown,
    SubtitlesUnreadable,
    UploadTooLarge,
)
from photoai.models import FileKind
from photoai.offload import run_here
from photoai.services.files import Looks, PictureLimits, Probes, fonts
from photoai.services.files.kinds import HEAD_BYTES, OTF, TAKEN, TTF, sort_of
from photoai.services.files.sounds import examine
from photoai.services.files.subtitles import subtitles_sort
from photoai.services.video.captions import fonts_here
from photoai.services.video.facts import DEMUXERS
from photoai.services.video.sniff import container_of
from tests.support import photos, sent

# In a format that no decoder knows.
FOREIGN_SOUND = sent.sound("ipod", "aac").replace(b"mp4a", b"ac-4").replace(b"esds", b"dac4")


def look_at_clip(path: Path) -> dict[str, Any]:
    """A small true probe: it reads the file where it lies."""
    data = path.read_bytes()
    if b"vide" not in data and (b"soun" in data or b"A_AAC" in data):
        raise ClipWithoutVideo
    return {"read_bytes": len(data)}


def listen(path: Path, mime: str) -> dict[str, Any]:
    return examine({"path": str(path), "mime": mime}, Path(), lambda *_: None)


def read_font(path: Path) -> dict[str, Any]:
    return fonts.examine({"path": str(path)}, Path(), lambda *_: None)


LOOKS = Looks(
    Probes(look_at_clip, listen, read_font), run_here, PictureLimits(1_000_000, 1_000_000)
)


def look(data: bytes) -> tuple[str, str, dict[str, Any]]:
    """The kind, the type and the facts."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        sort, facts = LOOKS.into(file, len(data))
    return sort.kind, sort.mime, facts


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "mpeg4", "video/mp4"), ("mov", "mpeg4", "video/quicktime"),
        ("matroska", "mpeg4", "video/x-matroska"), ("webm", "libvpx", "video/webm"),
        ("avi", "mpeg4", "video/x-msvideo"), ("mpegts", "mpeg4", "video/mp2t"),
        ("flv", "flv", "video/x-flv"), ("vob", "mpeg2video", "video/mpeg"),
    ],
)  # fmt: skip
def test_films_are_told_apart_and_probed_where_they_lie(
    container: str, codec: str, mime: str
) -> None:
    data = sent.film(container, codec)
    assert look(data) == ("video", mime, {"read_bytes": len(data)})


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp3", "libmp3lame", "audio/mpeg"), ("adts", "aac", "audio/aac"),
        ("wav", "pcm_s16le", "audio/wav"), ("flac", "flac", "audio/flac"),
        ("ogg", "flac", "audio/ogg"), ("ipod", "aac", "audio/mp4"),
        ("mp4", "aac", "audio/mp4"),
    ],
)  # fmt: skip
def test_sounds_are_told_apart_and_heard(container: str, codec: str, mime: str) -> None:
    kind, found, facts = look(sent.sound(container, codec))
    assert (kind, found) == ("audio", mime)
    assert facts["audio"]["sample_rate"] == 44_100
    assert facts["audio"]["channels"] == facts["audio_tracks"] == 1
    if container != "adts":
        assert facts["duration_sec"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("data", "mime", "size"),
    [
        (photos.jpeg(64, 48), "image/jpeg", (64, 48)),
        (photos.png(64, 48), "image/png", (64, 48)),
        (photos.animated_webp(), "image/webp", None),
        (photos.encoded(photos.picture(60, 40), "GIF"), "image/gif", (60, 40)),
    ],
)
def test_pictures_are_measured(data: bytes, mime: str, size: tuple[int, int] | None) -> None:
    kind, found, facts = look(data)
    assert (kind, found) == ("image", mime)
    assert size in {(facts["width"], facts["height"]), None}
    assert facts["animated"] is (size is None)


@pytest.mark.parametrize(
    ("text", "mime"),
    [
        (sent.SRT, "application/x-subrip"),
        (sent.SRT.replace("\n", "\r\n"), "application/x-subrip"),
        (sent.SRT.partition("\n")[2], "application/x-subrip"),
        ("\n\n" + sent.SRT[1:].replace("\n\n", "\n").replace(",", "."), "application/x-subrip"),
        (sent.VTT, "text/vtt"),
        (sent.ASS, "text/x-ssa"),
    ],
)
def test_subtitles_are_told_apart_and_counted(text: str, mime: str) -> None:
    name = {"application/x-subrip": "srt", "text/vtt": "vtt", "text/x-ssa": "ass"}[mime]
    facts = {"cues": 2, "format": name, "encoding": "utf-8", "dropped": 0, "mended": 0}
    assert look(text.encode()) == ("subtitles", mime, facts)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"), ("cp1251", "windows-1251"), ("utf-8-sig", "utf-8"),
    ],
)  # fmt: skip
def test_subtitles_are_taken_in_the_encodings_that_can_be_told(encoding: str, told: str) -> None:
    text = sent.SRT.removeprefix("\ufeff").replace("Пока", "До свидания, мы уходим")
    kind, mime, facts = look(text.encode(encoding))
    assert facts["cues"] == 2
    assert (kind, mime, facts["encoding"]) == ("subtitles", "application/x-subrip", told)


def test_cues_that_could_not_be_read_are_told() -> None:
    more = "\n3\n00:00:07,000 --> 00:00:06,000\nx\n\n4\n00:00:09,000 --> 00:00:09,000\ny\n"
    assert look((sent.SRT + more).encode())[2] | {"encoding": ""} == {
        "cues": 3, "format": "srt", "encoding": "", "dropped": 1, "mended": 1
    }  # fmt: skip


FONTS = {font.family: font for font in fonts_here()}


@pytest.mark.parametrize(
    ("family", "mime"),
    [
        ("PT Serif Bold", "font/ttf"),
        ("Noto Sans", "font/ttf"),
        pytest.param("Noto Sans CJK JP", "font/collection", marks=pytest.mark.slow),
    ],
)
def test_fonts_are_told_apart_and_named(family: str, mime: str) -> None:
    kind, found, facts = look(FONTS[family].path.read_bytes())
    assert (kind, found) == ("font", mime)
    assert family in facts["families"]
    assert facts["characters"] > 500


def test_what_begins_like_a_font_and_is_none_is_no_font() -> None:
    film = b"\0\1\0\0moov" + bytes(100)
    assert sort_of(film) != TTF
    assert sort_of(b"\0\1\0\0\0\x0c" + bytes(100)) == TTF
    assert sort_of(b"OTTO\0\x0c" + bytes(100)) == OTF


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXTINF:9,\nhttp://inside/clip.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"file '/etc/passwd'\n",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<html>\n00:00:01,000 --> 00:00:02,000\n</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"PK\x03\x04" + bytes(100),
        b"\x1f\x8b" + bytes(100),
        b"7z\xbc\xaf\x27\x1c",
        b"\x7fELF" + bytes(100),
        b"RIFF\0\0\0\0CDDA" + bytes(100),
        b"\0\0\0\x18ftypheic" + bytes(100),
        photos.heic(),
        b"\xff\xfe" + "just text".encode("utf-16-le"),
        b"wOFF" + bytes(100),
        b"wOF2" + bytes(100),
        b"1\n00:00:01,000 --> 00:00:02,000\n\0",
        b"just text",
        b"\x47" * 100,
        bytes(10_000),
        b"x",
        codecs.BOM_UTF8,
    ],
)
def test_everything_else_is_refused_with_what_is_taken(data: bytes) -> None:
    with pytest.raises(FileTypeNotTaken) as refusal:
        look(data)
    assert refusal.value.details == {"taken": TAKEN}
    assert set(TAKEN) == set(FileKind)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"ID3" + bytes(1000), FileDamaged),
        (sent.wav()[:20], FileDamaged),
        (b"fLaC" + bytes(1000), FileDamaged),
        (b"#EXTM3U".join([b"OggS", bytes(1000)]), FileDamaged),
        (FOREIGN_SOUND, FileDamaged),
        (photos.jpeg()[:2000], PhotoDamaged),
        (photos.png()[:2000], PhotoDamaged),
        (b"GIF89a" + bytes(10), PhotoDamaged),
        (photos.png(1001, 1000), PhotoTooManyPixels),
        (photos.bomb_png(), PhotoTooManyPixels),
        ("1\n00:01 --> 00:02\nDziękuję, już idę".encode("cp1250"), SubtitlesEncodingUnknown),
        (b"WEBVTT\n", SubtitlesUnreadable),
        (b"[Script Info]\nTitle: x", SubtitlesUnreadable),
        (b"\0\1\0\0\0\x0c" + bytes(100), FontUnusable),
        (b"ttcf\0\1\0\0\xff\xff\xff\xff", FontUnusable),
        (FONTS["PT Serif"].path.read_bytes()[:1000], FontUnusable),
        (b"OTTO\0\x0c" + bytes(32_000_000), UploadTooLarge),
        (sent.VTT.encode() + b" " * 2_000_000, UploadTooLarge),
        (photos.jpeg() + bytes(1_000_000), UploadTooLarge),
    ],
)
def test_what_is_damaged_or_too_much_is_refused(data: bytes, error: type[PhotoaiError]) -> None:
    with pytest.raises(error):
        look(data)


def test_a_clip_without_pictures_is_a_sound_only_where_that_can_be() -> None:
    assert look(sent.sound("matroska", "aac"))[:2] == ("audio", "audio/x-matroska")
    with pytest.raises(ClipWithoutVideo):
        look(b"RIFF\0\0\0\0AVI soun")


FIRST_BYTES = {
    "mp4": b"\0\0\0\x18ftypisom", "matroska": b"\x1a\x45\xdf\xa3", "avi": b"RIFF\0\0\0\0AVI ",
    "mpegts": (b"\x47" + bytes(187)) * 6, "mpeg": b"\0\0\x01\xba", "flv": b"FLV\x01",
}  # fmt: skip


@pytest.mark.parametrize("container", DEMUXERS)
def test_what_is_a_clip_behind_an_address_is_one_as_an_upload(container: str) -> None:
    head = FIRST_BYTES[container] + bytes(100)
    assert container_of(head) == container
    sort = sort_of(head)
    assert sort is not None
    assert sort.kind is FileKind.VIDEO


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1", b"avif", b"avis", b"crx "])
def test_a_still_picture_in_a_film_s_container_is_no_clip_anywhere(brand: bytes) -> None:
    head = b"\0\0\0\x18ftyp" + brand + bytes(100)
    assert sort_of(head) is None
    with pytest.raises(ClipTypeNotTaken):
        container_of(head)


@given(st.binary(max_size=200), st.sampled_from([b"", b"RIFF", b"\xff\xfb", b"1\n", b"WEBVTT"]))
def test_any_bytes_are_sorted_without_harm(data: bytes, start: bytes) -> None:
    head = (start + data)[:HEAD_BYTES]
    for sort in (sort_of(head), subtitles_sort(head)):
        assert sort is None or sort.kind in FileKind
