"""The job engine: the job's row is the truth, a queue only says "look at job N"."""

from .backlog import WAITING_SINCE, Backlog
from .child import Child, Limits, die_with, run_apart
from .drafts import JobDraft
from .evening import Evening, EveningGroup, EveningWish, Group
from .jobs import JobPage, Jobs, Submitted
from .late import Handing, LateTray
from .links import job_links
from .local import LocalQueue
from .lock import AdvisoryLock, EngineLock, FileLock
from .observing import observed
from .outlook import Outlook, Outlooks
from .queue import Queue
from .replays import REPLAY, REPLAY_OF, Renewed, Replays, Under, made_of
from .run import Runner
from .spares import Spares
from .states import load
from .tasks import Done, Run, Task, Tasks, pool_of
from .wishes import NO_WISHES, Wishes, stored_key

__all__ = [
    "NO_WISHES",
    "REPLAY",
    "REPLAY_OF",
    "WAITING_SINCE",
    "AdvisoryLock",
    "Backlog",
    "Child",
    "Done",
    "EngineLock",
    "Evening",
    "EveningGroup",
    "EveningWish",
    "FileLock",
    "Group",
    "Handing",
    "JobDraft",
    "JobPage",
    "Jobs",
    "LateTray",
    "Limits",
    "LocalQueue",
    "Outlook",
    "Outlooks",
    "Queue",
    "Renewed",
    "Replays",
    "Run",
    "Runner",
    "Spares",
    "Submitted",
    "Task",
    "Tasks",
    "Under",
    "Wishes",
    "die_with",
    "job_links",
    "load",
    "made_of",
    "observed",
    "pool_of",
    "run_apart",
    "stored_key",
]
