"""The job engine: the job's row is the truth, a queue only says "look at job N"."""

from .jobs import JobPage, Jobs, Submitted
from .local import LocalQueue
from .lock import AdvisoryLock, EngineLock, FileLock
from .queue import Queue
from .replays import Replays
from .run import Runner
from .states import JobDraft, load
from .tasks import Done, Run, Task, Tasks
from .wishes import NO_WISHES, Wishes, stored_key

__all__ = [
    "NO_WISHES",
    "AdvisoryLock",
    "Done",
    "EngineLock",
    "FileLock",
    "JobDraft",
    "JobPage",
    "Jobs",
    "LocalQueue",
    "Queue",
    "Replays",
    "Run",
    "Runner",
    "Submitted",
    "Task",
    "Tasks",
    "Wishes",
    "load",
    "stored_key",
]
