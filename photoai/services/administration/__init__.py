"""What administrators see and do: every account, every job, what was used, what they did."""

from .administration import Administration
from .tasks import AllTasks, TaskLine, TaskPage, TaskWish
from .usage import KindUsage, UsagePage, UsageReport, UsageWish, UserUsage
from .users import SORTED_BY, UserChange, UserPage, Users, UserView, UserWish

__all__ = [
    "SORTED_BY",
    "Administration",
    "AllTasks",
    "KindUsage",
    "TaskLine",
    "TaskPage",
    "TaskWish",
    "UsagePage",
    "UsageReport",
    "UsageWish",
    "UserChange",
    "UserPage",
    "UserUsage",
    "UserView",
    "UserWish",
    "Users",
]
