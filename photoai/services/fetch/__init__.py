"""The guarded downloader: every address that comes from outside is fetched here, nowhere else.

A host's name is looked up once a hop, every address it has is checked, and the connection goes to
one of those: nobody asks for the name again, so it cannot change its mind (DNS rebinding). TLS and
the Host header keep the name. Redirects are hops like the first. Time and bytes are bounded on the
wire, below TLS and HTTP, so that neither a dripping handshake nor endless headers, interim answers
or trailers outlive them. Proxies of the environment are not used: they look names up themselves.
"""

from .fetcher import Fetcher
from .hop import Form, Message, Question
from .network import Network, is_public
from .receiving import Fetched, Progress, Reply
from .versions import Validators

# The reasons of failures for which nothing can have arrived.
NOT_ARRIVED = frozenset({"unreachable", "tls", "name"})

__all__ = [
    "NOT_ARRIVED",
    "Fetched",
    "Fetcher",
    "Form",
    "Message",
    "Network",
    "Progress",
    "Question",
    "Reply",
    "Validators",
    "is_public",
]
