"""The types of task and their configs. A new one is a module of its own and one line of a table:
of `INSIDE` when it may stand in a combined one too, else of `TYPES`."""

from .orders import TaskOrderSchema
from .table import INSIDE, TYPES
from .types import Place, TaskType

__all__ = ["INSIDE", "TYPES", "Place", "TaskOrderSchema", "TaskType"]
