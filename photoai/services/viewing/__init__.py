"""Videos watched as text while they are drawn: who watches, and what they are shown."""

from .order import Footage, Form, Pace, Seen, ViewOrder
from .screen import Picture
from .show import PROJECTING
from .viewer import Beat, Bye, End, Gone, Ready, Refusal, Said, Viewer
from .viewing import Viewing

__all__ = [
    "PROJECTING",
    "Beat",
    "Bye",
    "End",
    "Footage",
    "Form",
    "Gone",
    "Pace",
    "Picture",
    "Ready",
    "Refusal",
    "Said",
    "Seen",
    "ViewOrder",
    "Viewer",
    "Viewing",
]
