"""A page's form as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser


def submitted(page: str, form_id: str) -> dict[str, str]:
    """The values of all its fields, no button pressed."""
    reading = _Reading(form_id)
    reading.feed(page)
    return reading.values


class _Reading(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._form_id = form_id
        self._is_inside = False
        self._select = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._is_inside = given.get("id") == self._form_id
        if not self._is_inside:
            return
        name, value = given.get("name") or "", given.get("value")
        if tag == "input" and name:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.values[name] = value or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self.values:
                self.values[self._select] = value or ""
        elif tag == "textarea":
            self._text, self.values[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self._text:
            # HTML 13.1.2.5: the first line break of a text is not part of it.
            self.values[self._text] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""
