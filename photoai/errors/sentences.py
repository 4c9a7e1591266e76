"""What an error's `details` say: English here, the caller's language at the edge."""

from __future__ import annotations

from typing import Any, Self


class Sentence(str):
    """An English sentence that remembers its template and what was filled in.

    `Sentence("At most {most} bytes.", most=64)` is the text "At most 64 bytes." wherever text is
    wanted: in logs, in JSON, in the database, which gives it back as plain text. The edge
    translates the template and fills the values in after that, so that a template has one
    translation whatever its values. Templates are written out where they are made a Sentence:
    that is how the test of the translations finds them.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        self = super().__new__(cls, template.format(**values) if values else template)
        self.template, self.values = str(template), values
        return self

    def filled(self, **values: Any) -> Sentence:
        """The same sentence with these values, for one that stands in a table without."""
        return Sentence(self.template, **values)
