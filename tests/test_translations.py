"""Every sentence a person may read is there in Russian."""

from __future__ import annotations

import io

from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from photoai.config import ROOT
from photoai.errors import every_error
from photoai.services.providers.local.swap import NO_FACE

FOLDER = ROOT / "photoai" / "translations" / "ru" / "LC_MESSAGES"


def test_every_errors_sentence_is_translated() -> None:
    with (FOLDER / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="ru")
    sentences = [
        kind.explain() for kind in every_error() if kind.__module__.startswith("photoai.errors.")
    ] + list(NO_FACE.values())
    missing = [
        sentence
        for sentence in sentences
        if not (catalogue.get(sentence) and catalogue.get(sentence).string)
    ]
    assert missing == []


def test_the_compiled_translations_are_those_that_are_written() -> None:
    compiled = io.BytesIO()
    with (FOLDER / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale="ru"))
    compiled.seek(0)
    written = {message.id: message.string for message in read_mo(compiled) if message.id}
    with (FOLDER / "messages.mo").open("rb") as file:
        shipped = {message.id: message.string for message in read_mo(file) if message.id}
    assert written == shipped
