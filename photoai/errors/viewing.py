"""What goes wrong while a video is watched live."""

from __future__ import annotations

from .kinds import Conflict, Forbidden, Gone, Invalid, Malformed, TooLarge, TooMany, Unavailable


class MessageMalformed(Malformed):
    """A message must be a JSON object that names its action."""


class MessageTooLarge(TooLarge):
    """The message is larger than allowed."""


class ActionUnknown(Invalid):
    """There is no such action."""


class ViewingNotStarted(Conflict):
    """Nothing is shown yet: send start first."""


class ViewingStarted(Conflict):
    """A video is shown already: change its settings, or open another connection."""


class Base64Malformed(Invalid):
    """What should be a file in Base64 is not."""


class OriginForeign(Forbidden):
    """Pages of other sites may only come here with a key."""


class WebSocketNeeded(Malformed):
    """This address speaks WebSocket, by its version 13 and nothing else."""


class ViewingPausedTooLong(Gone):
    """It was paused for too long: start anew."""


class TooManyViewers(TooMany):
    """You watch too many videos at once: close one of them first."""


class NoRoomToView(Unavailable):
    """Too many videos are watched right now: try again soon."""


class TooManyVideosWatched(Unavailable):
    """Too many different videos are watched right now: try again soon."""


class VideoTooManyLooks(Unavailable):
    """This video is watched in too many sizes right now: take another one, or try again soon."""
