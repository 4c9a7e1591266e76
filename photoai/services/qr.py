"""QR codes (ISO/IEC 18004) of links: for screens as SVG, for printers as PNG."""

from __future__ import annotations

import io

BORDER, PNG_SCALE = 4, 12  # in modules, which is the quiet zone readers need; pixels of a module


def svg(text: str) -> str:
    """A QR code that scales to whatever shows it, dark on white."""
    file = io.BytesIO()
    _code(text).save(file, kind="svg", border=BORDER, dark="#1d1547", light="#fff", omitsize=True)
    return file.getvalue().decode()


def png(text: str) -> bytes:
    """The same as a black and white PNG, large enough to be printed on a table card."""
    file = io.BytesIO()
    _code(text).save(file, kind="png", border=BORDER, scale=PNG_SCALE)
    return file.getvalue()


def _code(text: str):  # type: ignore[no-untyped-def]
    import segno  # few processes are ever asked for one

    return segno.make(text, error="m", micro=False)
