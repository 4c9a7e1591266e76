"""Every word with which a provider refuses a photo, and what an operator is told."""

from __future__ import annotations

import json

import pytest

from photoai.errors import ProviderBadAnswer, ProviderError, ProviderRefused
from photoai.services.fetch import Reply
from photoai.services.providers import advice_on
from photoai.services.providers.gemini import refusals as gemini
from photoai.services.providers.openai import refusals as openai
from photoai.services.providers.reasons import UNSAID, every_reason
from photoai.services.providers.turbotext import answers as turbotext


def is_explained(error: ProviderError, reason: str) -> bool:
    (advice,) = error.details["advice"]
    own = error.message != type(error).explain()
    return own and error.details["reason"] == reason and advice == advice_on(error.message)


@pytest.mark.parametrize("word", sorted(gemini.REFUSALS | gemini.ODD_ENDS | {"NO_IMAGE", "STOP"}))
def test_geminis_words_are_explained(word: str) -> None:
    assert word in gemini.REASONS
    assert is_explained(gemini.error_without_image(word, "", ""), word)
    assert is_explained(gemini.error_without_image("", word, ""), word)


def test_a_word_nobody_has_heard_of_is_no_reason() -> None:
    error = gemini.error_without_image("IMAGE_FROM_THE_FUTURE", "", "")
    assert isinstance(error, ProviderBadAnswer)
    assert (error.message, error.details["reason"]) == (UNSAID.said, "IMAGE_FROM_THE_FUTURE")
    assert isinstance(gemini.error_without_image("", "FROM_THE_FUTURE", ""), ProviderRefused)


@pytest.mark.parametrize("word", sorted(openai.REFUSALS))
def test_openais_words_are_explained(word: str) -> None:
    body = json.dumps({"error": {"code": word, "message": "No."}}).encode()
    error = openai.error_of(Reply(400, {}, body))
    assert isinstance(error, ProviderRefused)
    assert is_explained(error, word)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"success": True, "forbidden_content": True}, "forbidden_content"),
        ({"success": False, "error": "FACE_NOT_DETECTED"}, "face_not_detected"),
        ({"success": False, "error": "forbidden"}, "forbidden"),
    ],
)
def test_turbotexts_words_are_explained(answer: dict[str, object], word: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        turbotext.check(answer)
    assert is_explained(caught.value, word)


def test_each_reason_is_said_in_its_own_words() -> None:
    said = [each.said for each in every_reason()]
    assert len(said) == len(set(said))
    assert advice_on("Something else.") == ""
