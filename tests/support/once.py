"""What each application makes anew and makes the same each time is made once for all tests: here
are thousands of applications, with the same addresses and the same templates. It was a third of
what the quick tests cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import Environment
from werkzeug.routing import Rule

# What `Rule.compile` finds out about an address.
FOUND = ("_parts", "_trace", "_converters", "arguments")


@pytest.fixture(scope="session", autouse=True)
def addresses_are_compiled_once() -> Iterator[None]:
    compiled: dict[tuple[object, ...], Rule] = {}
    compile_anew = Rule.compile

    def compile_once(self: Rule) -> None:
        host = (self.subdomain, self.host)
        key = (self.rule, host, self.merge_slashes, str(self.defaults), str(self.arguments))
        known = compiled.get(key)
        if known is None:
            compile_anew(self)
            compiled[key] = self
            return
        for name in FOUND:
            setattr(self, name, getattr(known, name))
        for name in ("_build", "_build_unknown"):
            setattr(self, name, getattr(known, name).__func__.__get__(self, None))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compile_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def templates_are_compiled_once() -> Iterator[None]:
    compiled: dict[tuple[object, ...], Any] = {}
    compile_anew = Environment.compile

    def compile_once(self: Environment, source: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(source, str):
            return compile_anew(self, source, *args, **kwargs)
        key = (source, args, *kwargs.items(), *sorted(self.extensions))
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *args, **kwargs)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once)
        yield
