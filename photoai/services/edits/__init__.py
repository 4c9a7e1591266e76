"""Tasks on files people keep here: orders, their jobs, and what was said while they ran."""

from .edits import Edits
from .engine import MAKING
from .figures import Figures, TaskFigures
from .fonts import OwnFonts
from .kinds import KINDS
from .logs import OperationLogs, TaskLog
from .order import EditOrder, Input, Operation
from .previews import FilePreviews
from .task import EditTask

__all__ = [
    "KINDS",
    "MAKING",
    "EditOrder",
    "EditTask",
    "Edits",
    "Figures",
    "FilePreviews",
    "Input",
    "Operation",
    "OperationLogs",
    "OwnFonts",
    "TaskFigures",
    "TaskLog",
]
