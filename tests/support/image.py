"""What deploy/Dockerfile makes, without Docker: its files, its settings, its commands."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from photoai.config import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@dataclass(frozen=True)
class Step:
    word: str
    rest: str

    @property
    def exec_form(self) -> list[str]:
        found: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return found


class Image:
    """The last stage; `steps` are those of all of them."""

    @cached_property
    def steps(self) -> list[Step]:
        text = DOCKERFILE.read_text().replace("\\\n", " ")
        lines = [line.strip() for line in text.splitlines()]
        parts = [line.split(maxsplit=1) for line in lines if line and line[0] != "#"]
        return [Step(word, rest) for word, rest in parts]

    @cached_property
    def last(self) -> list[Step]:
        begins = [number for number, step in enumerate(self.steps) if step.word == "FROM"]
        return self.steps[begins[-1] :]

    def one(self, word: str) -> Step:
        (found,) = (step for step in self.last if step.word == word)
        return found

    @property
    def environment(self) -> dict[str, str]:
        pairs = [
            pair for step in self.last if step.word == "ENV" for pair in shlex.split(step.rest)
        ]
        return dict(pair.split("=", 1) for pair in pairs)

    @property
    def copied(self) -> list[str]:
        """What of the project is in it."""
        copies = [step.rest for step in self.last if step.word == "COPY" and step.rest[0] != "-"]
        return [source for copy in copies for source in copy.split()[:-1]]

    def lay_out(self, folder: Path) -> Path:
        """Its files of the project."""
        folder.mkdir()
        for name in self.copied:
            assert sent_to_build(name), f".dockerignore holds {name} back"
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=_held_back)
            else:
                shutil.copy(source, folder / name)
        return folder


def sent_to_build(name: str) -> bool:
    """Whether .dockerignore lets a path pass: the last line that fits it or a folder it is in."""
    path, sent = Path(name), True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if not pattern or pattern[0] == "#":
            continue
        above = [path, *path.parents][:-1]
        bare = pattern.removeprefix("**/")
        if any(
            fnmatch.fnmatch(str(each), pattern) or (bare != pattern and each.match(bare))
            for each in above
        ):
            sent = line[0] == "!"
    return sent


def _held_back(folder: str, names: list[str]) -> set[str]:
    here = Path(folder).relative_to(ROOT)
    return {name for name in names if not sent_to_build(str(here / name))}


def filled_in(text: str, values: dict[str, str]) -> str:
    """A line of docker-compose.yml with its variables, as Compose puts them in."""

    def value(found: re.Match[str]) -> str:
        name, operator, other = found.groups()
        if values.get(name):
            return values[name]
        assert operator == "-", f"{name} is not set"
        return str(other)

    return VARIABLE.sub(value, text).replace("$$", "$")
