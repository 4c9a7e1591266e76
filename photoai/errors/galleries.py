"""What goes wrong with galleries."""

from __future__ import annotations

from .kinds import Conflict, NotFound, TooMany


class GalleryUnknown(NotFound):
    """This gallery is closed, or there has never been one."""


class GalleryPhotoUnknown(NotFound):
    """There is no such photo in this gallery."""


class GalleryEmpty(NotFound):
    """There are no photos to download."""


class GalleryLinkUnknown(NotFound):
    """There is no such open gallery of yours."""


class TooManyGalleries(Conflict):
    """Too many of your galleries are open: close one of them first."""


class TooManyLooks(TooMany):
    """Too many people look at galleries right now: try again in a moment."""
