"""A guest's photo with what a camera and a telephone write into it."""

from __future__ import annotations

from PIL import Image

from . import photos

OWNER, CAMERA, PLACE = "Ivan Petrov", "Canon EOS R6", "Nevsky prospekt"
MAKE, MODEL, ARTIST, GPS, GPS_AREA = 0x010F, 0x0110, 0x013B, 0x8825, 0x001C


def tagged() -> bytes:
    exif = Image.Exif()
    exif[MAKE], exif[MODEL], exif[ARTIST] = "Canon", CAMERA, OWNER
    exif[GPS] = {1: "N", 2: (59.0, 56.0, 3.0), 3: "E", 4: (30.0, 18.0, 54.0), GPS_AREA: PLACE}
    image = photos.opened(photos.guest())
    return photos.encoded(image, "JPEG", quality=92, exif=exif.tobytes(), comment=OWNER.encode())
