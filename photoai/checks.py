"""Marshmallow's validators whose sentences hold values, saying them so that they can be translated.

The others say sentences without values, which the edge translates by their text.
"""

from __future__ import annotations

from typing import Any

from marshmallow import validate

from photoai.errors import Sentence


class Length(validate.Length):
    def _format_error(self, value: Any, message: str) -> str:
        return Sentence(self.error or message, min=self.min, max=self.max, equal=self.equal)


class Range(validate.Range):
    def _format_error(self, value: Any, message: str) -> str:
        return Sentence(self.error or message, min=self.min, max=self.max)


class OneOf(validate.OneOf):
    def _format_error(self, value: Any) -> str:
        return Sentence(self.error, choices=self.choices_text)
