"""The form of `images/edits`, judged as strictly as the real server judges it.

Source: the reference of `POST /images/edits` (CreateImageEditRequest) of November 2026.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from werkzeug.formparser import parse_form_data

from tests.emulators.gemini_http import Call
from tests.emulators.gemini_images import is_a
from tests.emulators.openai_errors import (
    invalid,
    missing,
    no_fidelity,
    unknown_model,
    unknown_parameter,
    unusable_image,
)

MOST_IMAGES, MOST_BYTES, MOST_WORDS = 16, 50_000_000, 32_000
STANDARD = ("1024x1024", "1536x1024", "1024x1536")
LEAST_PX, MOST_PX, LONGEST_SIDE, STEP, MOST_RATIO = 655_360, 8_294_400, 3840, 16, 3
QUALITIES, MORE_QUALITIES = ("auto", "low", "medium", "high"), ("xhigh", "max")
FORMATS = ("png", "jpeg", "webp")
MIMES = ("image/png", "image/jpeg", "image/webp")
NEEDED = ("prompt", "model")
KNOWN = {
    *NEEDED, "size", "quality", "output_format", "output_compression", "input_fidelity",
    "background", "complexity", "n", "stream", "partial_images", "safety_identifier", "user",
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """What a model takes beside the standard sizes and qualities."""

    any_size: bool = True
    more_qualities: bool = True
    fidelities: tuple[str, ...] = ()


MODELS = {
    "gpt-image-2.6-flare": Model(),
    "gpt-image-2.6-sunburst": Model(),
    "gpt-image-2.5-flare": Model(),
    "gpt-image-2.5-sunburst": Model(),
    "gpt-image-2": Model(more_qualities=False),
    "gpt-image-1.5": Model(any_size=False, more_qualities=False, fidelities=("low", "high")),
    "gpt-image-1-mini": Model(any_size=False, more_qualities=False, fidelities=("low",)),
}


@dataclass(frozen=True)
class Image:
    """One that was sent, with the type the client gave it."""

    filename: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Ask:
    """A valid request; the `images` in their order."""

    fields: Mapping[str, str]
    images: tuple[Image, ...]

    @property
    def model(self) -> str:
        return self.fields["model"]

    @property
    def quality(self) -> str:
        told = self.fields.get("quality", "auto")
        return "medium" if told == "auto" else told

    @property
    def kind(self) -> str:
        return self.fields.get("output_format", "png")

    @property
    def size(self) -> tuple[int, int]:
        told = self.fields.get("size", "auto")
        width, height = (STANDARD[0] if told == "auto" else told).split("x")
        return int(width), int(height)

    @cached_property
    def wishes(self) -> dict[str, str]:
        """The `key=value` words of the prompt."""
        words = (word.strip(".,;:!?\"'()") for word in self.fields["prompt"].split())
        return dict(word.split("=", 1) for word in words if "=" in word)


def opened(call: Call) -> tuple[dict[str, str], list[tuple[str, Image]]]:
    """The fields of the form and its files by name; both empty for what is no form."""
    environ = {
        "wsgi.input": io.BytesIO(call.body),
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": call.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(call.body)),
    }
    _, fields, files = parse_form_data(environ)
    found = [
        (name, Image(file.filename or "", file.mimetype, file.stream.read()))
        for name, file in files.items(multi=True)
    ]
    return fields.to_dict(), found


def parse(fields: Mapping[str, str], files: list[tuple[str, Image]]) -> Ask:
    """Raises an `ApiError`, 400 or 404."""
    if unknown := sorted(fields.keys() - KNOWN):
        raise unknown_parameter(unknown[0])
    for name in NEEDED:
        if not fields.get(name):
            raise missing(name)
    if len(fields["prompt"]) > MOST_WORDS:
        raise invalid("Invalid 'prompt': string too long.", "prompt", "string_above_max_length")
    if fields["model"] not in MODELS:
        raise unknown_model(fields["model"])
    _check_values(fields, MODELS[fields["model"]])
    return Ask(fields, _images(files))


def _check_values(fields: Mapping[str, str], model: Model) -> None:
    qualities = QUALITIES + (MORE_QUALITIES if model.more_qualities else ())
    _one_of(fields, "quality", qualities)
    _one_of(fields, "output_format", FORMATS)
    _one_of(fields, "background", ("auto", "opaque", "transparent"))
    if "input_fidelity" in fields:
        if not model.fidelities:
            raise no_fidelity(fields["model"])
        _one_of(fields, "input_fidelity", model.fidelities)
    if compression := fields.get("output_compression"):
        if not re.fullmatch(r"\d{1,3}", compression) or int(compression) > 100:
            raise invalid("Invalid type for 'output_compression'.", "output_compression")
        if fields.get("output_format", "png") == "png" and compression != "100":
            raise invalid("Compression less than 100 is not supported for PNG output format.")
    size = fields.get("size", "auto")
    if size not in {"auto", *STANDARD} and not (model.any_size and _is_possible(size)):
        raise invalid(f"Invalid value: '{size}'.", "size")


def _one_of(fields: Mapping[str, str], name: str, values: tuple[str, ...]) -> None:
    if name in fields and fields[name] not in values:
        names = ", ".join(f"'{each}'" for each in values)
        raise invalid(f"Invalid value: '{fields[name]}'. Supported values are: {names}.", name)


def _is_possible(size: str) -> bool:
    if not (found := re.fullmatch(r"(\d+)x(\d+)", size)):
        return False
    width, height = int(found[1]), int(found[2])
    return (
        not width % STEP
        and not height % STEP
        and max(width, height) <= min(LONGEST_SIDE, MOST_RATIO * min(width, height))
        and LEAST_PX <= width * height <= MOST_PX
    )


def _images(files: list[tuple[str, Image]]) -> tuple[Image, ...]:
    for name, _ in files:
        if name not in {"image", "image[]"}:
            raise unknown_parameter(name)
    images = tuple(image for _, image in files)
    if not images:
        raise missing("image")
    if len(images) > MOST_IMAGES or (len(images) > 1 and {"image"} & {name for name, _ in files}):
        raise invalid("Duplicate or too many images.", "image")
    for number, image in enumerate(images, 1):
        if image.mime not in MIMES:
            raise invalid(f"Invalid file 'image': unsupported mimetype ('{image.mime}').", "image")
        if not is_a(image.mime, image.data) or len(image.data) >= MOST_BYTES:
            raise unusable_image(number)
    return images
