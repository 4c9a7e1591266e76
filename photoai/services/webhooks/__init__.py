"""Webhooks: who started a job is told when it has ended.

What is to be told is written in the transaction that ends the job (an outbox), so that no end goes
untold whatever happens to the process. Sending is at least once: each try is claimed by moving
the time of the next one past the try's deadline, so a process that dies meanwhile has only put it
off, and no two processes make the same try at once, whatever their clocks say: it is the database's
that counts.
"""

from .deliveries import Deliveries, Delivery
from .message import secret_for, signature
from .sender import Sender
from .webhooks import Webhooks

__all__ = ["Deliveries", "Delivery", "Sender", "Webhooks", "secret_for", "signature"]
