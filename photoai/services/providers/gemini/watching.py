"""The SDK's calls for videos: a file sent, found and deleted, and a conversation about it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from photoai.errors import ProviderBadAnswer, ProviderBadRequest, ProviderError, ProviderTimeout
from photoai.services.providers.videos import (
    US,
    Check,
    Footage,
    Question,
    Said,
    Sent,
    go_on,
    wait,
)

from .wire import Wire, word

POLL_SEC, POLL_AT_MOST_SEC = 0.25, 2.0
# With its thoughts: an analysis has a tenth of it, one that repeats itself without end is cut off.
MOST_TOKENS = 32_768
NAME_TAKEN = re.compile("ALREADY_EXISTS|already exists", re.IGNORECASE)
# Unknown, foreign and deleted files are all refused in the words of a missing permission.
NO_SUCH_FILE = re.compile(r"access the File|may not exist|^404 ", re.IGNORECASE)


@dataclass(frozen=True)
class Heard:
    """What a model answered in words, thoughts left out; `finish`, `block` as in `wire.Reply`.
    `usage` counts tokens: `input` with `audio` among it, `text`, `thoughts`, `total`."""

    text: str
    finish: str
    block: str
    usage: Mapping[str, int]
    model_version: str
    request_id: str


class VideoWire:
    """Videos over the clients of a Wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def upload(
        self, key: str, footage: Footage, name: str, deadline: float, check: Check = go_on
    ) -> str:
        """Bring the video to the Files API, 8 MiB at a time, and wait until it can be asked about;
        its uri. A file of that name that is the same is taken, another one replaced.

        Raises:
            ProviderError: one of its subclasses.
        """
        try:
            file = self._sent(key, footage, name, deadline, check)
        except ProviderBadRequest as error:
            if not NAME_TAKEN.search(error.vendor):
                raise
            file = self._found(key, name, deadline, check)
            if _state(file) == "FAILED" or file.size_bytes != footage.size_bytes:
                self.delete(key, name, deadline, check)
                file = self._sent(key, footage, name, deadline, check)
        pause = POLL_SEC
        while _state(file) == "PROCESSING":
            if time.monotonic() + pause > deadline:
                raise ProviderTimeout(vendor="the video is still processed")
            wait(pause, check)
            pause = min(pause * 1.5, POLL_AT_MOST_SEC)
            file = self._found(key, name, deadline, check)
        if _state(file) != "ACTIVE" or not file.uri:
            raise ProviderBadAnswer(vendor=f"file {_state(file)}: {file.error}", most_tries=2)
        return str(file.uri)

    def delete(self, key: str, name: str, deadline: float, check: Check = go_on) -> None:
        """Raises ProviderError when the file may still be there."""
        from google.genai import types

        try:
            with self._wire.call(key, deadline, check) as (client, options):
                config = types.DeleteFileConfig(http_options=options())
                client.files.delete(name=f"files/{name}", config=config)
        except ProviderError as error:
            if not NO_SUCH_FILE.search(error.vendor):
                raise

    def ask(
        self, key: str, question: Question, thinking_level: str | None, check: Check = go_on
    ) -> Heard:
        """The video first, then the words.

        Raises:
            ProviderError: one of its subclasses.
        """
        from google.genai import types

        thinking = (
            types.ThinkingConfig(thinking_level=types.ThinkingLevel(thinking_level.upper()))
            if thinking_level
            else None
        )
        with self._wire.call(key, question.deadline, check) as (client, options):
            answer = client.models.generate_content(
                model=question.model,
                contents=_contents(question.sent, question.turns),
                config=types.GenerateContentConfig(
                    system_instruction=question.instruction or None,
                    response_mime_type="application/json",
                    response_json_schema=question.schema,
                    max_output_tokens=MOST_TOKENS,
                    thinking_config=thinking,
                    automatic_continuation=False,  # each would be billed
                    http_options=options(),
                ),
            )
            return _heard(answer)

    def _sent(self, key: str, footage: Footage, name: str, deadline: float, check: Check) -> Any:
        from google.genai import types

        with (
            footage.path.open("rb") as file,
            self._wire.call(key, deadline, check) as (client, options),
        ):
            config = types.UploadFileConfig(
                name=name, mime_type=footage.mime, http_options=options()
            )
            return client.files.upload(file=file, config=config)

    def _found(self, key: str, name: str, deadline: float, check: Check) -> Any:
        from google.genai import types

        with self._wire.call(key, deadline, check) as (client, options):
            config = types.GetFileConfig(http_options=options())
            return client.files.get(name=f"files/{name}", config=config)


def _state(file: Any) -> str:
    return word(file.state)


def _contents(sent: Sent, turns: Sequence[Said]) -> list[Any]:
    from google.genai import types

    if sent.path is not None:
        video = types.Part.from_bytes(data=sent.path.read_bytes(), mime_type=sent.mime)
    else:
        video = types.Part.from_uri(file_uri=sent.uri, mime_type=sent.mime)
    contents: list[Any] = []
    for turn in turns:
        role = "user" if turn.who == US else "model"
        parts = [types.Part.from_text(text=turn.text)]
        contents.append(types.Content(role=role, parts=[*([] if contents else [video]), *parts]))
    return contents


def _heard(answer: Any) -> Heard:
    candidate = answer.candidates[0] if answer.candidates else None
    content = candidate.content if candidate else None
    parts = (content.parts if content else None) or []
    feedback = answer.prompt_feedback
    return Heard(
        text="".join(part.text for part in parts if part.text and not part.thought),
        finish=word(candidate.finish_reason if candidate else None),
        block=word(feedback.block_reason if feedback else None),
        usage=_usage(answer.usage_metadata),
        model_version=answer.model_version or "",
        request_id=answer.response_id or "",
    )


def _usage(counted: Any) -> dict[str, int]:
    if counted is None:
        return {}
    sent = counted.prompt_tokens_details or []
    return {
        "input": counted.prompt_token_count or 0,
        "audio": sum(each.token_count or 0 for each in sent if word(each.modality) == "AUDIO"),
        "text": counted.candidates_token_count or 0,
        "thoughts": counted.thoughts_token_count or 0,
        "total": counted.total_token_count or 0,
    }
