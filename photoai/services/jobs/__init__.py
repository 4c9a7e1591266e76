"""The job engine: the job's row is the truth, a queue only says "look at job N"."""

from .backlog import Backlog
from .child import die_with, run_apart
from .jobs import JobPage, Jobs, Submitted
from .local import LocalQueue
from .lock import AdvisoryLock, EngineLock, FileLock
from .observing import observed
from .queue import Queue
from .run import Runner
from .states import JobDraft
from .tasks import Done, Run, Task, Tasks, pool_of

__all__ = [
    "AdvisoryLock",
    "Backlog",
    "Done",
    "EngineLock",
    "FileLock",
    "JobDraft",
    "JobPage",
    "Jobs",
    "LocalQueue",
    "Queue",
    "Run",
    "Runner",
    "Submitted",
    "Task",
    "Tasks",
    "die_with",
    "observed",
    "pool_of",
    "run_apart",
]
