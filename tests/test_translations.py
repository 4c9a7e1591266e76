"""Every sentence a person may read is there in Russian."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import IO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from photoai.blueprints.pages.fields import every_label
from photoai.config import ROOT
from photoai.errors import every_error
from photoai.schemas.edits import describing
from photoai.services.catalogue import Catalogue
from photoai.services.providers.local.swap import NO_FACE
from photoai.services.providers.reasons import every_reason

PACKAGE = ROOT / "photoai"
FOLDER = PACKAGE / "translations" / "ru" / "LC_MESSAGES"
WHERE = [("blueprints/**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
# A jinja template as Flask-Babel's extension reads it.
HOW = {"templates/**.html": {"silent": "false"}}
SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')
CYRILLIC, TAG = re.compile("[А-Яа-яЁё]"), re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", re.DOTALL)
SPOKEN_ATTRIBUTE = re.compile(r'\b(?:title|aria-label|placeholder|alt)="([^"{]*[A-Za-z]{2}[^"{]*)"')
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')
WORD = re.compile(r"[A-Za-z]{2,}")
# Names, which are the same in every language.
NAMES = {"photoai", "openapi", "json", "utf"}


def catalogue(domain: str = "messages") -> Catalog:
    with (FOLDER / f"{domain}.po").open("rb") as file:
        return read_po(file, locale="ru")


def untranslated(sentences: set[object], domain: str = "messages") -> list[object]:
    known = catalogue(domain)
    return sorted((each for each in sentences if not _said(known.get(each))), key=str)


def _said(message: Message | None) -> bool:
    if message is None:
        return False
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts)


def of_pages() -> set[object]:
    found = extract_from_dir(PACKAGE, WHERE, HOW, keywords=_keywords())
    return {message for _, _, message, _, _ in found}


def _keywords() -> dict[str, tuple[int, ...] | None]:
    one: tuple[int, ...] | None = None
    return {"_": one, "gettext": one, "lazy_gettext": one, "ngettext": (1, 2)}


def of_modules() -> set[object]:
    scripts = (PACKAGE / "static").rglob("*.js")
    return {said for path in scripts for said in SAID.findall(path.read_text())}


def test_every_errors_sentence_is_translated() -> None:
    of_errors = {
        kind.explain() for kind in every_error() if kind.__module__.startswith("photoai.errors.")
    }
    of_reasons = {str(each) for one in every_reason() for each in (one.said, one.advice)}
    assert untranslated(of_errors | of_reasons | set(NO_FACE.values())) == []


def test_every_sentence_of_a_page_is_translated() -> None:
    assert untranslated(of_pages()) == []


def test_every_sentence_of_a_module_is_translated() -> None:
    assert untranslated(of_modules(), "scripts") == []


def test_every_word_of_the_types_of_task_is_translated() -> None:
    assert untranslated(set(describing.every_label())) == []


def test_every_name_in_the_catalogue_of_providers_is_translated() -> None:
    shipped = Catalogue.load(ROOT / "configs" / "providers.json")
    assert untranslated(set(every_label(shipped))) == []


TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_anything_past_the_translations(template: Path) -> None:
    source = template.read_text()
    spoken = [word for text in SPOKEN_ATTRIBUTE.findall(source) for word in WORD.findall(text)]
    spoken += WORD.findall(ATTRIBUTE.sub(" ", TAG.sub("", source)))
    assert [word for word in spoken if word.lower() not in NAMES] == []
    assert not CYRILLIC.search(source)


@pytest.mark.parametrize("domain", ["messages", "scripts"])
def test_the_compiled_translations_are_those_that_are_written(domain: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(domain))
    compiled.seek(0)
    with (FOLDER / f"{domain}.mo").open("rb") as file:
        assert of_compiled(compiled) == of_compiled(file)


def of_compiled(file: IO[bytes]) -> list[tuple[str, str]]:
    """What a catalogue says; of a plural all its forms."""
    return [(str(message.id), str(message.string)) for message in read_mo(file) if message.id]


def test_no_translation_stands_for_a_sentence_nobody_says() -> None:
    assert {message.id for message in catalogue("scripts") if message.id} <= of_modules()
