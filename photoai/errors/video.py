"""What goes wrong with clips and with the videos made of them."""

from __future__ import annotations

from .kinds import Invalid, PhotoaiError, TooLarge, Unavailable, UnsupportedType


class ClipTypeNotTaken(UnsupportedType):
    """The file is not a video of a type that is taken here
    (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV)."""


class ClipCodecNotTaken(UnsupportedType):
    """The video's picture or sound is in a format that cannot be decoded here."""


class ClipUnreadable(Invalid):
    """The video is damaged or cut off."""


class ClipSoundChanges(ClipUnreadable):
    """The video's sound changes its channels midway; convert it to stereo first."""


class ClipWithoutVideo(Invalid):
    """The file holds sound, but no moving picture."""


class ClipEmpty(Invalid):
    """The video has no length."""


class ClipTooLong(Invalid):
    """The video is longer than allowed."""


class ClipTooLarge(TooLarge):
    """The video has more bytes than allowed."""


class ClipTooManyPixels(TooLarge):
    """The video's picture has more pixels than allowed."""


class SoundBeyondEnd(Invalid):
    """The added sound would begin after the end of the video."""


class TextTimeInvalid(Invalid):
    """The text would never be seen: it ends before it begins, or begins after the video's end."""


class RenderFailed(PhotoaiError):
    """The video could not be made."""


class RenderOutOfRoom(Unavailable):
    """The server has no room left to make the video."""


class ResultWrong(PhotoaiError):
    """The finished video did not pass its check."""
