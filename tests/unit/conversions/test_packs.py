"""Frames out of archives, and two archives as one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoai.errors import ResultGone
from photoai.offload import run_here
from photoai.services.conversions import frame_name
from photoai.services.conversions.packs import joined, member

MANY = 66_000  # more than the first kind of archive can count


def pack(path: Path, kind: str, frames: list[bytes]) -> Path:
    method = zipfile.ZIP_STORED if kind == "png" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as archive:
        for number, data in enumerate(frames):
            archive.writestr(zipfile.ZipInfo(frame_name(number, kind)), data, method)
    return path


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=12), st.sampled_from(["png", "txt"]))
def test_each_frame_is_read_by_its_place(
    tmp_path_factory: pytest.TempPathFactory, frames: list[bytes], kind: str
) -> None:
    path = pack(tmp_path_factory.mktemp("pack") / "pack.zip", kind, frames)
    with path.open("rb") as file:
        found = [member(file, number, frame_name(number, kind)) for number in range(len(frames))]
        assert found == frames
        with pytest.raises(KeyError):
            member(file, len(frames), frame_name(len(frames), kind))


def test_another_name_in_its_place_is_no_frame(tmp_path: Path) -> None:
    with pack(tmp_path / "a.zip", "txt", [b"a", b"b"]).open("rb") as file, pytest.raises(KeyError):
        member(file, 0, frame_name(1, "txt"))


@pytest.mark.parametrize("cut", [0, 10, 21, 22, 100, -1, -30])
def test_what_is_cut_off_is_gone(tmp_path: Path, cut: int) -> None:
    whole = pack(tmp_path / "a.zip", "png", [b"x" * 50] * 3).read_bytes()
    with pytest.raises(ResultGone):
        member(io.BytesIO(whole[:cut]), 1, frame_name(1, "png"))


def test_a_byte_that_has_changed_is_noticed(tmp_path: Path) -> None:
    data = bytearray(pack(tmp_path / "a.zip", "png", [b"x" * 50] * 3).read_bytes())
    data[60] ^= 1
    with pytest.raises(ResultGone):
        member(io.BytesIO(data), 0, frame_name(0, "png"))


@pytest.mark.parametrize(
    "counts", [(3, 3), (1, 5), pytest.param((MANY, 2), marks=pytest.mark.slow)]
)
def test_two_archives_are_one(tmp_path: Path, counts: tuple[int, int]) -> None:
    texts = [f"text {number}\n".encode() for number in range(counts[0])]
    pictures = [bytes([number % 256]) * (number % 50) for number in range(counts[1])]
    one = pack(tmp_path / "txt.zip", "txt", texts)
    other = pack(tmp_path / "png.zip", "png", pictures)
    both = joined(lambda: one.open("rb"), lambda: other.open("rb"), run_here)
    again = joined(lambda: one.open("rb"), lambda: other.open("rb"), run_here).read()
    assert both.read() == again
    both.seek(len(again) // 3)
    assert both.read(1000) == again[len(again) // 3 :][:1000], "a range is of the same bytes"
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == sum(counts)
        last = counts[0] - 1
        assert archive.read(frame_name(last, "txt")) == texts[last]
        assert archive.read(frame_name(counts[1] - 1, "png")) == pictures[-1]
        assert archive.read(frame_name(0, "txt")) == texts[0]
