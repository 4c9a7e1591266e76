"""What goes wrong with uploads that come in parts."""

from __future__ import annotations

from .kinds import Conflict, Gone, Invalid, Malformed, NotFound, TooMany


class ContentRangeInvalid(Malformed):
    """Content-Range must say which bytes these are, and of how many: bytes FIRST-LAST/TOTAL."""


class DigestMalformed(Malformed):
    """The digest must be the SHA-256 of the whole file: sha-256=:BASE64:."""


class UploadIdMissing(Malformed):
    """Send the first part first; the others name the upload they belong to."""


class PartLengthWrong(Malformed):
    """The part does not have as many bytes as its Content-Range says."""


class UploadUnknown(NotFound):
    """There is no such upload."""


class UploadExpired(Gone):
    """Nothing came of this upload for a day: begin it anew."""


class UploadFinished(Conflict):
    """This upload is complete: its file is kept."""


class UploadGap(Conflict):
    """Bytes before this part are missing: send those first."""


class UploadSizeDiffers(Conflict):
    """This upload was begun with another size."""


class UploadDigestDiffers(Conflict):
    """Another digest was promised for this upload before."""


class UploadBytesDiffer(Conflict):
    """Other bytes have come for this part before: give up the upload and begin it anew."""


class UploadOvertaken(Conflict):
    """Another request was faster with this part: ask how far the upload is and go on from there."""


class UploadBusy(Conflict):
    """The file is being put together: ask again in a moment."""


class UploadTooManyParts(Conflict):
    """This upload has come in too many parts: give it up and send larger ones."""


class TooManyUploads(TooMany):
    """Too many uploads are open: finish some of them or give them up."""


class FileDigestWrong(Invalid):
    """The file that has arrived is not the one whose digest was promised: send it again."""
