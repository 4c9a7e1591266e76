"""What a task's form carries along unseen, the times of single words: it holds as long as what it
belongs to, a row's text and its own times, is left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..bodies import loads


def written(name: str, row: Mapping[str, Any]) -> str:
    """A row's list of that name as a field holds it, with all that stands beside it."""
    beside = {each: value for each, value in row.items() if each != name}
    return json.dumps([row[name], beside], ensure_ascii=False)


def read(text: str, row: Mapping[str, Any]) -> Any:
    """The list again; None when the row is another by now, or this was never written here."""
    try:
        kept, beside = loads(text)
    except (ValueError, TypeError):
        return None
    is_same = isinstance(beside, dict) and all(row.get(each) == beside[each] for each in beside)
    return kept if is_same else None
