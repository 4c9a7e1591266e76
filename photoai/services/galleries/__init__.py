"""Galleries: what an operator's slots have made, and links that show some of it for a while."""

from .links import LONGEST_MIN, SHORTEST_MIN, UNASKED_MIN, Links, LinkWish, OpenLink, PublicPage
from .making import Galleries, make_galleries
from .photos import GalleryPage, GalleryWish, Photos, maker_of

__all__ = [
    "LONGEST_MIN",
    "SHORTEST_MIN",
    "UNASKED_MIN",
    "Galleries",
    "GalleryPage",
    "GalleryWish",
    "LinkWish",
    "Links",
    "OpenLink",
    "Photos",
    "PublicPage",
    "make_galleries",
    "maker_of",
]
