"""An account's own fonts, as far as an order may ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from photoai.models import FileKind, UserFile
from photoai.services.files import Files
from photoai.services.video.captions import Font, FontBook

from .order import EditOrder

# Its styles name fonts that the order does not.
SCRIPT = "text/x-ssa"


class OwnFonts:
    def __init__(self, files: Files) -> None:
        self._files = files

    def known(self, user_id: int) -> list[dict[str, str]]:
        """Every one by each of its names, without its bytes."""
        return list(_named((file, Path()) for file in self._of(user_id)))

    def brought(
        self, user_id: int, order: EditOrder, mimes: Sequence[str], folder: Path
    ) -> list[dict[str, str]]:
        """Those an order needs, their bytes in `folder`. Raises StorageFull, StorageUnavailable."""
        wanted = {name.strip().casefold() for name in order.fonts}
        needed = [
            file
            for file in self._of(user_id)
            if SCRIPT in mimes or wanted & {name.casefold() for name in names_of(file)}
        ]
        paths = [folder / f"font-{number}" for number, _ in enumerate(needed)]
        for file, path in zip(needed, paths, strict=True):
            self._files.bring(user_id, file.id, path)
        return list(_named(zip(needed, paths, strict=True)))

    def _of(self, user_id: int) -> list[UserFile]:
        return self._files.of_kind(user_id, FileKind.FONT)


def families(own: Iterable[Mapping[str, str]]) -> list[str]:
    """The names of all fonts there are, with an account's own."""
    return FontBook(Font(each["family"], Path()) for each in own).families


def names_of(file: UserFile) -> list[str]:
    return list((file.probe or {}).get("families", ()))


def _named(found: Iterable[tuple[UserFile, Path]]) -> Iterator[dict[str, str]]:
    for file, path in found:
        for family in names_of(file):
            yield {"family": family, "path": str(path)}
