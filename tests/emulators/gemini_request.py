"""The body of `generateContent`, judged as strictly as the real server judges it."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.emulators.gemini_errors import invalid, unknown_model, unusable_image
from tests.emulators.gemini_fields import known
from tests.emulators.gemini_http import from_base64
from tests.emulators.gemini_images import RATIOS, SCALES, is_a

LIMIT_BYTES = 20 * 1024 * 1024
PLACE = "* GenerateContentRequest."
MODALITIES = ("TEXT", "IMAGE", "AUDIO")
ENUMS = "type.googleapis.com/google.ai.generativelanguage.v1beta."
# The data a part may hold beside images; this emulator reads the text alone.
OTHER_DATA = ("functionCall", "functionResponse", "executableCode", "codeExecutionResult")


@dataclass(frozen=True)
class Model:
    """The image sizes and the thinking levels a model takes."""

    sizes: tuple[str, ...]
    thinking: tuple[str, ...] = ("MINIMAL", "HIGH")


MODELS = {
    "gemini-nano-banana-2.1": Model(("1K", "2K", "4K")),
    "gemini-3.1-flash-image": Model(("512", "1K", "2K", "4K")),
    "gemini-3.1-flash-lite-image": Model(("1K",)),
    "gemini-3-pro-image": Model(("1K", "2K", "4K"), thinking=("LOW", "HIGH")),
    "gemini-2.5-flash-image": Model(("1K",), thinking=()),
}


@dataclass(frozen=True)
class Blob:
    """Bytes with the MIME type the client gave them."""

    mime: str
    data: bytes


@dataclass(frozen=True)
class FileUri:
    """A file uploaded earlier."""

    uri: str


@dataclass(frozen=True)
class Ask:
    """A valid request; `images` in the order of their parts."""

    model: str
    prompt: str
    images: tuple[Blob | FileUri, ...]
    modalities: tuple[str, ...]
    ratio: str | None
    size: str

    @cached_property
    def wishes(self) -> dict[str, str]:
        """The `key=value` words of the prompt."""
        words = (word.strip(".,;:!?\"'()") for word in self.prompt.split())
        return dict(word.split("=", 1) for word in words if "=" in word)


def parse(model: str, body: bytes) -> Ask:
    """Raises an `ApiError`, 400 or 404."""
    if model not in MODELS:
        raise unknown_model(model)
    if len(body) > LIMIT_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {LIMIT_BYTES} bytes.")
    request = known(as_json(body))
    parts = list(parts_of(request))
    config = request.get("generationConfig", {})
    _check_thinking(config.get("thinkingConfig", {}), model)
    return Ask(
        model=model,
        prompt=" ".join(str(part["text"]) for _, part in parts if "text" in part),
        images=tuple(_image(path, part) for path, part in parts if _holds_image(part)),
        modalities=_modalities(config),
        ratio=_ratio(config.get("imageConfig", {})),
        size=_size(config.get("imageConfig", {}), model),
    )


def as_json(body: bytes) -> object:
    """Raises an `ApiError`."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


def parts_of(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of every turn with its place, such as `contents[0].parts[1]`."""
    if not request.get("contents"):
        raise invalid(f"{PLACE}contents: contents is not specified\n")
    for turn, content in enumerate(request["contents"]):
        if content.get("role", "user") not in {"user", "model"}:
            raise invalid("Please use a valid role: user, model.")
        if not content.get("parts"):
            raise invalid(f"{PLACE}contents[{turn}].parts: contents.parts must not be empty.\n")
        for place, part in enumerate(content["parts"]):
            path = f"contents[{turn}].parts[{place}]"
            _check_data(path, part)
            yield path, part


def _check_data(path: str, part: dict[str, Any]) -> None:
    if sum(name in part for name in ("text", "inlineData", "fileData", *OTHER_DATA)) != 1:
        raise invalid(
            f"{PLACE}{path}.data: required oneof field 'data' must have one initialized field\n"
        )


def _holds_image(part: dict[str, Any]) -> bool:
    return "inlineData" in part or "fileData" in part


def _image(path: str, part: dict[str, Any]) -> Blob | FileUri:
    if "fileData" in part:
        return FileUri(str(part["fileData"].get("fileUri", "")))
    blob = part["inlineData"]
    mime = str(blob.get("mimeType", ""))
    data = bytes_of(f"{path}.inline_data.data", blob.get("data", ""))
    if not mime.startswith("image/"):
        raise invalid(f"Unsupported MIME type: {mime}")
    if not is_a(mime, data):
        raise unusable_image()
    return Blob(mime, data)


def bytes_of(path: str, text: object) -> bytes:
    """What a part holds in base64; raises an `ApiError` that names the path."""
    try:
        return from_base64(str(text))
    except binascii.Error as error:
        said = f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed"
        raise invalid(said, {"field": path, "description": said}) from error


def _modalities(config: dict[str, Any]) -> tuple[str, ...]:
    asked = tuple(config.get("responseModalities") or ("TEXT", "IMAGE"))
    for place, modality in enumerate(asked):
        if modality not in MODALITIES:
            _refuse_enum(
                f"generation_config.response_modalities[{place}]",
                "GenerationConfig.Modality",
                modality,
            )
    if "AUDIO" in asked:
        raise invalid("The requested combination of response modalities is not supported.")
    return asked


def _refuse_enum(path: str, kind: str, value: object) -> None:
    said = f"Invalid value at '{path}' ({ENUMS}{kind}), \"{value}\""
    raise invalid(said, {"field": path, "description": said})


def _ratio(image: dict[str, Any]) -> str | None:
    ratio = image.get("aspectRatio")
    if ratio is not None and ratio not in RATIOS:
        names = ", ".join(f"'{each}'" for each in RATIOS)
        raise invalid(
            f"{PLACE}generation_config.image_config.aspect_ratio: aspect_ratio must be one of "
            f"{names}.\n"
        )
    return ratio


def _size(image: dict[str, Any], model: str) -> str:
    size = image.get("imageSize", "1K")
    if size not in SCALES:
        names = ", ".join(f"'{each}'" for each in SCALES)
        raise invalid(
            f"{PLACE}generation_config.image_config.image_size: image_size must be one of "
            f"{names}.\n"
        )
    if size not in MODELS[model].sizes:
        raise invalid(f"Image size {size} is not supported for this model.")
    return str(size)


def _check_thinking(thinking: dict[str, Any], model: str) -> None:
    level = str(thinking.get("thinkingLevel", "")).upper()
    if not level:
        return
    if level not in {"MINIMAL", "LOW", "MEDIUM", "HIGH"}:
        _refuse_enum(
            "generation_config.thinking_config.thinking_level",
            "ThinkingConfig.ThinkingLevel",
            level,
        )
    if not MODELS[model].thinking:
        raise invalid("Thinking level is not supported for this model.")
    if level not in MODELS[model].thinking:
        raise invalid(f"Thinking level {level} is not supported for this model.")
