"""The job engine: the job's row is the truth, a queue only says "look at job N"."""

from .jobs import JobPage, Jobs, Submitted
from .local import LocalQueue
from .lock import AdvisoryLock, EngineLock, FileLock
from .outlook import Outlook, Outlooks
from .queue import Queue
from .run import Runner
from .states import JobDraft
from .tasks import Done, Run, Task, Tasks

__all__ = [
    "AdvisoryLock",
    "Done",
    "EngineLock",
    "FileLock",
    "JobDraft",
    "JobPage",
    "Jobs",
    "LocalQueue",
    "Outlook",
    "Outlooks",
    "Queue",
    "Run",
    "Runner",
    "Submitted",
    "Task",
    "Tasks",
]
