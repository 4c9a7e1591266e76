"""What the v1beta protocol knows: every field of a request, in its JSON spelling.

Source: the reference of `models.generateContent` (GenerateContentRequest, GenerationConfig,
ImageConfig, ThinkingConfig, Part). Fields in snake_case are read too, as the real server does.
"""

from __future__ import annotations

import re
from typing import Any

from tests.emulators.gemini_errors import invalid

ANYTHING = None
BLOB = {"mimeType": ANYTHING, "data": ANYTHING}
FILE = {"mimeType": ANYTHING, "fileUri": ANYTHING}
PART = dict.fromkeys(
    ("text", "thought", "thoughtSignature", "functionCall", "functionResponse", "videoMetadata",
     "executableCode", "codeExecutionResult", "mediaResolution", "partMetadata")
) | {"inlineData": BLOB, "fileData": FILE}  # fmt: skip
GENERATION = dict.fromkeys(
    ("temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences",
     "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities",
     "speechConfig", "mediaResolution", "seed", "presencePenalty", "frequencyPenalty",
     "responseLogprobs", "logprobs", "enableEnhancedCivicAnswers")
) | {
    "imageConfig": dict.fromkeys(("aspectRatio", "imageSize")),
    "thinkingConfig": dict.fromkeys(("includeThoughts", "thinkingBudget", "thinkingLevel")),
}  # fmt: skip
CONTENT = {"role": ANYTHING, "parts": [PART]}
REQUEST = dict.fromkeys(
    ("model", "tools", "toolConfig", "safetySettings", "cachedContent", "serviceTier", "store")
) | {"contents": [CONTENT], "systemInstruction": CONTENT, "generationConfig": GENERATION}


def known(body: object) -> dict[str, Any]:
    """The request in camelCase, lists where lists belong; a 400 that names every unknown field."""
    faults: list[tuple[str, str]] = []
    request = _read(body, REQUEST, "", faults)
    if faults:
        raise invalid(
            "\n".join(description for _, description in faults),
            *({"field": field, "description": text} for field, text in faults),
        )
    return request


def camel_keys(value: dict[str, Any]) -> dict[str, Any]:
    """The SDK sends some objects in snake_case."""
    return {_camel(name): inner for name, inner in value.items()}


def _read(value: Any, schema: Any, path: str, faults: list[tuple[str, str]]) -> Any:
    if schema is ANYTHING:
        return value
    if isinstance(schema, list):
        items = value if isinstance(value, list) else [value]
        return [_read(item, schema[0], f"{path}[{n}]", faults) for n, item in enumerate(items)]
    if not isinstance(value, dict):
        faults.append((path, f"Invalid value at '{path}' (type.googleapis.com), {value!r}"))
        return {}
    return {
        _camel(name): _read(inner, schema[_camel(name)], _below(path, name), faults)
        for name, inner in value.items()
        if _is_known(name, schema, path, faults)
    }


def _is_known(name: str, schema: dict[str, Any], path: str, faults: list[tuple[str, str]]) -> bool:
    if _camel(name) in schema:
        return True
    where = f" at '{path}'" if path else ""
    faults.append(
        (path, f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.')
    )
    return False


def _below(path: str, name: str) -> str:
    return f"{path}.{_snake(name)}" if path else _snake(name)


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name)
