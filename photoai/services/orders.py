"""Orders for a file that comes along with them, or is there already: from a form to a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Generic, Protocol, Self, TypeVar

from photoai.errors import FileNamedTwice, TooLarge, UploadTooLarge
from photoai.models import Job, UserFile
from photoai.services.accounts import Caller
from photoai.services.files import Files
from photoai.services.ingest import Form
from photoai.services.jobs import Jobs, Submitted, Wishes


class FileOrder(Protocol):
    """What somebody wants done with one file. `came_along`: it was sent with the order and goes
    with its job."""

    @property
    def file_id(self) -> str | None: ...

    def of(self, file_id: str, *, came_along: bool) -> Self:
        """The same for a file."""


Order = TypeVar("Order", bound=FileOrder)
# Accepts an order for a file that is there.
Submit = Callable[[Caller, Order, UserFile, Wishes], Submitted]


@dataclass(frozen=True)
class Arrival(Generic[Order]):
    """An order as it comes in: `receive` reads its form, whose file may have so many bytes, and
    writes them to what it is given; `order` understands the form's fields."""

    receive: Callable[[BinaryIO, int], Form]
    order: Callable[[Form], Order]


@dataclass(frozen=True)
class Most:
    """How large a file may be, and what a larger one is refused with."""

    size_bytes: int
    refusal: type[TooLarge]


class _StartedBefore(Exception):
    """An equal call has: what came now is not needed."""

    def __init__(self, job: Job) -> None:
        self.job = job


class _FileNamed(Exception, Generic[Order]):
    """The order names a file and brings none."""

    def __init__(self, order: Order, file_id: str, wishes: Wishes) -> None:
        self.order, self.file_id, self.wishes = order, file_id, wishes


class FileOrders(Generic[Order]):
    """`limits` are what a caller's files may not exceed besides what all files may not."""

    def __init__(
        self,
        files: Files,
        jobs: Jobs,
        submit: Submit[Order],
        limits: Callable[[Caller], Sequence[Most]],
    ) -> None:
        self._files = files
        self._jobs = jobs
        self._submit = submit
        self._limits = limits

    def start(self, caller: Caller, arrival: Arrival[Order]) -> Submitted:
        """The accepted job. A file that comes with the order is one of the caller's until the job
        has ended; of what is not accepted nothing is kept.

        Raises:
            whatever `arrival` and `submit` raise, and `Files.take`
            IdempotencyKeyReused
            FileNamedTwice, FileMissing, FileUnknown
        """
        read: list[tuple[Wishes, Order]] = []

        def receive(data: BinaryIO, max_bytes: int) -> Form:
            form = self.received(caller, arrival.receive, data, max_bytes)
            read.append((form.wishes, self._read(caller, arrival, form)))
            return form

        try:
            file = self._files.take(caller, receive)
        except _StartedBefore as before:
            return Submitted(before.job, joined=True)
        except _FileNamed as named:
            file = self._files.get(caller, named.file_id)
            return self._submit(caller, named.order, file, named.wishes)
        ((wishes, order),) = read
        return self.submit_with(caller, order, file, wishes)

    def submit_with(
        self, caller: Caller, order: Order, file: UserFile, wishes: Wishes
    ) -> Submitted:
        """The accepted job for a file that came along: it is not kept for nothing."""
        submitted = None
        try:
            submitted = self._submit(caller, order.of(file.id, came_along=True), file, wishes)
        finally:
            if submitted is None or submitted.joined:
                self._files.withdraw(file)
        return submitted

    def received(
        self,
        caller: Caller,
        receive: Callable[[BinaryIO, int], Form],
        data: BinaryIO,
        max_bytes: int,
    ) -> Form:
        """What `receive` makes of a file of the caller's.

        Raises:
            whatever `receive` raises
            TooLarge: the refusal of the limit it exceeds.
        """
        tightest = min(self._limits(caller), key=lambda most: most.size_bytes, default=None)
        if tightest is None or max_bytes <= tightest.size_bytes:
            return receive(data, max_bytes)
        try:
            return receive(data, tightest.size_bytes)
        except UploadTooLarge as error:
            if "max_bytes" not in error.details:
                raise
            raise tightest.refusal(details=error.details) from None

    def _read(self, caller: Caller, arrival: Arrival[Order], form: Form) -> Order:
        if known := self._jobs.known(caller.id, form.wishes):
            raise _StartedBefore(known)
        order = arrival.order(form)
        if order.file_id is None:
            return order
        if form.files:
            raise FileNamedTwice
        raise _FileNamed(order, order.file_id, form.wishes)
