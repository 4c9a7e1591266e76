"""The parameters of `create_queue`, judged strictly, and the words that say how to misbehave.

The words stand in `content`, or in `PUT /_habits` for every create that follows; where both name
one, `content` wins.

| word | what happens |
|---|---|
| `delay=SECONDS` | how long the work takes, 0.2 unless told |
| `reconnect=N` | at least N polls are told to come again, however late it is |
| `503=N` | the first N creates with the same method and words answer 503 and are not taken |
| `say=photo` | the default: the guest's photo with its greens inverted, as JPEG in the same size |
| `say=png` | the same as PNG |
| `say=absolute`, `say=relative` | its address; unless told, `mix_images` says the former |
| `say=limit` | the create answers `LIMIT` |
| `say=html` | the create answers 200 with a page of HTML and is not taken |
| `say=502`, `say=lost` | the create is taken, but answers 502, or the connection closes |
| `say=face`, `say=error` | the result is no success: `face_not_detected`, `internal` |
| `say=forbidden`, `say=text` | the result is a success without an image; the former says why |
| `say=stray` | the result is JSON but for one closing bracket too many |
| `say=result_html` | the first three polls answer a page of HTML |
| `say=drip` | every poll answers one byte every 0.2 s |
| `say=foreign`, `say=private` | the picture is on another host, or in the network of the client |
| `say=gone`, `say=big` | the picture is a 404, or has 60 MB and no `Content-Length` |
| `hook=once` | the default: the result comes to the webhook once, when it is done |
| `hook=early` | before the create's answer; the result is ready at once |
| `hook=twice` | two times |
| `hook=foreign` | after one about somebody else's request with another picture |
| `hook=garbage`, `hook=huge` | after a body that is not JSON, or the result itself in 5 MB |
| `hook=never` | not at all: polling finds it |
| `hook=only` | once, and polls are told to come again for ever |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tests.emulators.gemini_http import Reply, in_json

WORK_SEC = "0.2"
WHOLE, DECIMAL = r"[0-9]+", r"[0-9]+(\.[0-9]+)?"
SAYS = {
    *("photo", "png", "absolute", "relative", "limit", "html", "502", "lost", "face", "error"),
    *("forbidden", "text", "stray", "result_html", "drip", "foreign", "private", "gone", "big"),
}
HOOKS = {"once", "early", "twice", "foreign", "garbage", "huge", "never", "only"}


class Refused(Exception):
    """An answer without success; the vendor's own ones have status 200."""

    def __init__(self, error: str, status: int = 200) -> None:
        super().__init__(error)
        self._error, self._status = error, status

    def reply(self) -> Reply:
        return in_json({"success": False, "error": self._error}, self._status)


@dataclass(frozen=True)
class Words:
    """What the emulator was told; raises `Refused` for what it does not know."""

    text: str

    def __post_init__(self) -> None:
        for name, known in (("say", SAYS), ("hook", HOOKS)):
            if (value := self._found.get(name)) and value not in known:
                raise Refused(f"This emulator knows no {name}={value}.")
        for name, pattern in (("delay", DECIMAL), ("reconnect", WHOLE), ("503", WHOLE)):
            if not matches(pattern)(self._found.get(name, "0")):
                raise Refused(f"This emulator cannot count {name}={self._found[name]}.")

    @cached_property
    def _found(self) -> dict[str, str]:
        # `say=503=2` is another way to write `503=2`.
        words = (
            word.strip(".,;:!?\"'()").replace("say=503=", "503=") for word in self.text.split()
        )
        return dict(word.split("=", 1) for word in words if "=" in word)

    @property
    def say(self) -> str:
        return self._found.get("say", "photo")

    @property
    def hook(self) -> str:
        return self._found.get("hook", "once")

    @property
    def delay_sec(self) -> float:
        return 0.0 if self.hook == "early" else float(self._found.get("delay", WORK_SEC))

    @property
    def reconnects(self) -> float:
        return float("inf") if self.hook == "only" else float(self._found.get("reconnect", "0"))

    @property
    def storms(self) -> int:
        return int(self._found.get("503", "0"))


def matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text, re.DOTALL) is not None


def is_number(pattern: str, lowest: float, highest: float) -> Callable[[str], bool]:
    return lambda text: matches(pattern)(text) and lowest <= float(text) <= highest


@dataclass(frozen=True)
class Method:
    """A method's parameters; `guest` is the one with the photo to be changed."""

    guest: str
    needs: frozenset[str]
    may: frozenset[str]


METHODS = {
    "mix_images": Method(
        "url_image_target", frozenset({"url", "url_image_target"}), frozenset({"content"})
    ),
    "generate_image2image": Method(
        "url",
        frozenset({"url", "content"}),
        frozenset({"strength", "scale", "seed", "negative_prompt", "original_language"}),
    ),
    "deepfake_photo": Method(
        "url", frozenset({"url", "url_image_target", "face_restore"}), frozenset()
    ),
    # Not in the vendor's documents: it stands for whatever the catalogue will name.
    "replace_object": Method("url", frozenset({"url", "content"}), frozenset({"object"})),
}
# What a value must be; any other parameter that is needed must not be empty.
VALUES: dict[str, Callable[[str], bool]] = {
    "strength": is_number(WHOLE, 0, 80),
    "scale": is_number(DECIMAL, 0.1, 20),
    "seed": matches(f"-?{WHOLE}"),
    "original_language": matches(r"[a-z]{2}"),
    "face_restore": matches("True|False"),
    "webhook": matches(r"https?://\S+"),
}


@dataclass(frozen=True)
class Ask:
    """A valid create."""

    method: str
    params: dict[str, str]
    words: Words

    @property
    def guest_url(self) -> str:
        return self.params[METHODS[self.method].guest]

    @property
    def urls(self) -> list[str]:
        """Of every image, the guest's photo first."""
        others = [self.params[name] for name in ("url", "url_image_target") if name in self.params]
        return sorted(others, key=lambda url: url != self.guest_url)

    @property
    def webhook(self) -> str | None:
        return self.params.get("webhook")


def parse(method: str, params: dict[str, str], words: Words) -> Ask:
    """Raises `Refused`."""
    needs, may = METHODS[method].needs, METHODS[method].may | {"webhook"}
    if needs - params.keys() or params.keys() - needs - may:
        raise Refused("params_error")
    some, anything = matches(".+"), matches(".*")
    for name, value in params.items():
        if not VALUES.get(name, some if name in needs else anything)(value):
            raise Refused("params_error")
    return Ask(method, params, words)
