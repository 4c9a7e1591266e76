"""Links as QR codes (ISO/IEC 18004), to be read from a screen or from paper."""

from __future__ import annotations

import io

import segno

# 15 % of a code may be covered or torn; four modules around it are white, as the standard asks.
DAMAGE, MARGIN = "m", 4
PNG_SCALE = 10  # pixels a module


def svg(text: str) -> str:
    """A drawing as large as where it is shown."""
    out = io.BytesIO()
    _code(text).save(
        out, kind="svg", border=MARGIN, dark="#000", light="#fff", xmldecl=False, omitsize=True
    )
    return out.getvalue().decode()


def png(text: str) -> bytes:
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=PNG_SCALE, border=MARGIN, dark="#000", light="#fff")
    return out.getvalue()


def _code(text: str) -> segno.QRCode:
    return segno.make(text, error=DAMAGE, micro=False)
