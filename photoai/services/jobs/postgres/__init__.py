"""The engine of many processes: PostgreSQL holds the jobs, procrastinate delivers them."""

from .deliveries import Deliveries
from .permits import Permits
from .queue import PostgresQueue
from .sweeper import Sweeper
from .worker import Worker

__all__ = ["Deliveries", "Permits", "PostgresQueue", "Sweeper", "Worker"]
