"""How a clip of one shape comes onto a canvas of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from photoai.services.video.canvas import Canvas

from .material import Material, even

if TYPE_CHECKING:
    from moviepy.Effect import Effect

BLACK = "#000000"
BLUR_SHRINK = 8  # the background is blurred this much smaller: nobody can tell, and it is cheap
BLUR_SIGMA = 3


@dataclass(frozen=True)
class Box:
    """A part of a picture, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Pad:
    """All of the clip, in the middle, and a colour (`#rrggbb`) around it."""

    color: str = BLACK

    def filters(self, material: Material, canvas: Canvas, name: str) -> str:
        box = inside(material, canvas)
        scaled = material.scaled(box.width, box.height)
        if (box.width, box.height) == (canvas.width, canvas.height):
            return scaled
        color = f"0x{self.color.removeprefix('#')}"
        return f"{scaled},pad={canvas.width}:{canvas.height}:{box.x}:{box.y}:color={color}"

    def effect(self, material: Material, canvas: Canvas) -> Effect:
        from .drawn import Padded

        return Padded(inside(material, canvas), canvas, self.color)


@dataclass(frozen=True)
class Whole:
    """All of the clip on a canvas made for it, but for what made its sides even."""

    def filters(self, material: Material, canvas: Canvas, name: str) -> str:
        return material.scaled(canvas.width, canvas.height)

    def effect(self, material: Material, canvas: Canvas) -> Effect:
        from .drawn import Padded

        return Padded(Box(0, 0, canvas.width, canvas.height), canvas, BLACK)


@dataclass(frozen=True)
class Crop:
    """The canvas is filled; what stands out on two sides is cut off."""

    def filters(self, material: Material, canvas: Canvas, name: str) -> str:
        return cropped(material, canvas, canvas.width, canvas.height)

    def effect(self, material: Material, canvas: Canvas) -> Effect:
        from .drawn import Cropped

        return Cropped(middle(material, canvas), canvas)


@dataclass(frozen=True)
class Blur:
    """All of the clip, before a blurred copy of itself that fills the canvas."""

    def filters(self, material: Material, canvas: Canvas, name: str) -> str:
        box = inside(material, canvas)
        if (box.width, box.height) == (canvas.width, canvas.height):
            return material.scaled(box.width, box.height)
        small = shrunk(canvas)
        back = (
            f"{cropped(material, canvas, *small)},gblur=sigma={BLUR_SIGMA}"
            f",scale={canvas.width}:{canvas.height}:flags=bicubic"
        )
        return (
            f"split[{name}far][{name}near];[{name}far]{back}[{name}back];"
            f"[{name}near]{material.scaled(box.width, box.height)}[{name}front];"
            f"[{name}back][{name}front]overlay={box.x}:{box.y}:format=yuv420"
        )

    def effect(self, material: Material, canvas: Canvas) -> Effect:
        from .drawn import Blurred

        boxes = (inside(material, canvas), middle(material, canvas))
        return Blurred(*boxes, canvas, shrunk(canvas), BLUR_SIGMA)


Fit: TypeAlias = Pad | Crop | Blur | Whole
# By the names that clients have for them, each given the colour of the ground.
FIT_NAMED: Mapping[str, Callable[[str], Fit]] = {
    "pad": Pad,
    "crop": lambda background: Crop(),
    "blur": lambda background: Blur(),
}


def inside(material: Material, canvas: Canvas) -> Box:
    """Where all of the clip fits on the canvas; even, so that colours stay where they belong."""
    if material.aspect * canvas.height > canvas.width:
        width, height = canvas.width, min(canvas.height, even(canvas.width / material.aspect))
    else:
        width, height = min(canvas.width, even(canvas.height * material.aspect)), canvas.height
    return Box((canvas.width - width) // 4 * 2, (canvas.height - height) // 4 * 2, width, height)


def middle(material: Material, canvas: Canvas) -> Box:
    """The largest part of the clip that has the canvas' shape, in the clip's own pixels."""
    shape = canvas.width / (canvas.height * material.sar)  # in the clip's pixels
    width = min(material.width, even(material.height * shape))
    height = min(material.height, even(material.width / shape))
    left, top = (material.width - width) // 4 * 2, (material.height - height) // 4 * 2
    return Box(left, top, width, height)


def cropped(material: Material, canvas: Canvas, width: int, height: int) -> str:
    """Cut first and scaled then: what falls away is not worth scaling."""
    box = middle(material, canvas)
    scaled = material.scaled(width, height)
    if (box.width, box.height) == (material.width, material.height):
        return scaled
    return f"crop={box.width}:{box.height}:{box.x}:{box.y},{scaled}"


def shrunk(canvas: Canvas) -> tuple[int, int]:
    return even(canvas.width / BLUR_SHRINK), even(canvas.height / BLUR_SHRINK)
