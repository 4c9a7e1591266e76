"""What names, emails and passwords people may choose."""

from __future__ import annotations

from marshmallow import ValidationError, validate

from photoai.checks import Length
from photoai.errors import Sentence

LONGEST_EMAIL = 254  # RFC 5321 as corrected by RFC erratum 1690
EMAIL = validate.And(Length(max=LONGEST_EMAIL), validate.Email())
USERNAME = validate.And(
    Length(3, 64),
    validate.Regexp(
        r"[A-Za-z0-9._-]*\Z",
        error=Sentence("Only letters A to Z, digits, dots, dashes and underscores."),
    ),
)


def is_strong(password: str) -> bool:
    """Whether it has an upper and a lower case letter and a digit."""
    tests = (str.isupper, str.islower, str.isdigit)
    return all(any(map(test, password)) for test in tests)


def _must_be_strong(password: str) -> None:
    if not is_strong(password):
        raise ValidationError(
            Sentence("An upper case letter, a lower case letter and a digit are needed.")
        )


PASSWORD = validate.And(Length(8, 256), _must_be_strong)


def fits(rule: validate.Validator, text: str) -> bool:
    try:
        rule(text)
    except ValidationError:
        return False
    return True
