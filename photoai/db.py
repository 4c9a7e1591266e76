"""The database: Flask-SQLAlchemy's extension, our column types, and short transactions.

SQLite has one writer. A transaction that waits for another one inside SQLite would freeze every
greenlet of the process, so writers queue up on one lock of ours and start with BEGIN IMMEDIATE.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from photoai.config import Config
from photoai.errors import DatabaseBusy
from photoai.flushing import GroupFlush, flush_files
from photoai.offload import make_offload

# Only other processes (a migration, a backup) can make SQLite wait. Its own waiting would stop
# the event loop, so it is short and repeated by us.
BUSY_TIMEOUT_SEC, BUSY_LOOK_SEC, BUSY_STEP_SEC = 5.0, 0.05, 0.02
RETRY_BUSY_SEC = 2.0


# A server that is gone without a word is noticed by the kernel (libpq's connection parameters).
POSTGRES_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
CLOCK = select(func.clock_timestamp(type_=DateTime(timezone=True)))
Executor = Session | Connection
# Both speak of conflicts alike, each from a module of its own.
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: TIMESTAMP WITH TIME ZONE, and always aware in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def json_type() -> Any:
    """JSON on SQLite, JSONB on PostgreSQL."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class next_job_version(FunctionElement[int]):  # noqa: N801 - it reads as the SQL function it is
    """The next value of the one counter over all jobs' changes (the ids of live events)."""

    type = Integer()
    inherit_cache = True


@compiles(next_job_version, "postgresql")
def _sequence(element: Any, compiler: Any, **options: Any) -> str:
    return "nextval('job_version')"


@compiles(next_job_version)
def _highest(element: Any, compiler: Any, **options: Any) -> str:
    return (
        "(SELECT max(coalesce((SELECT max(version) FROM job), 0), "
        "coalesce((SELECT max(event_version) FROM slot), 0)) + 1)"
    )


class Database:
    """Short transactions on one engine; every service is given this, none sees Flask."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._writers: Any = threading.RLock() if self.dialect == "sqlite" else nullcontext()
        # Views of the one engine and its pool.
        self._writing = {
            durable: engine.execution_options(photoai_write=True, photoai_durable=durable)
            for durable in (True, False)
        }
        self._log = Path(f"{engine.url.database}-wal")
        self._flush_log = _flush_off_the_loop() if self.dialect == "sqlite" else None

    @contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[Session]:
        """One read-write transaction: commits at the end, rolls back on an error.

        No waiting and no input or output inside. `durable=False` lets the commit return before
        the disk has it: a power cut may undo it, a killed process may not.
        """
        with (
            self._connected(durable) as connection,
            Session(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
        if durable:
            self.flush()

    @contextmanager
    def transaction(self, *, durable: bool = True, flush: bool = True) -> Iterator[Connection]:
        """The same for statements without objects, at half the cost.

        `flush=False` leaves it to the caller to `flush()` before anybody is told.
        """
        with self._connected(durable) as connection, connection.begin():
            yield connection
        if durable and flush:
            self.flush()

    def now(self, executor: Executor) -> datetime:
        """The moment by the clock all processes share: PostgreSQL's; this machine's on SQLite."""
        if self.dialect == "sqlite":
            return datetime.now(UTC)
        return executor.scalars(CLOCK).one()

    def flush(self) -> None:
        """Return when everything committed before this call is on the disk."""
        if self._flush_log:
            self._flush_log(self._log)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; what it loads stays usable after it is closed."""
        with _answering(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """The same for statements without objects."""
        with _answering(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def alone(self, purpose: str) -> Iterator[None]:
        """Of all processes on a PostgreSQL only one is inside at a time; on SQLite the one process
        that serves needs no such thing."""
        if self.dialect == "sqlite":
            yield
            return
        key = func.hashtextextended(f"photoai {purpose}", 0)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(select(func.pg_advisory_lock(key)))
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(key)))

    @contextmanager
    def _connected(self, durable: bool) -> Iterator[Connection]:
        with _answering(), self._writers, self._writing[durable].connect() as connection:
            yield connection

    def dispose(self) -> None:
        self.engine.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise DatabaseBusy(retry_after=RETRY_BUSY_SEC) from error


def dialect_of(executor: Executor) -> str:
    bind = executor.get_bind() if isinstance(executor, Session) else executor
    return bind.dialect.name


def put(executor: Executor, table: Any, row: Mapping[str, Any], kept: Collection[str] = ()) -> None:
    """Write a row, or these facts into the one there is with this primary key, but for `kept`."""
    table = getattr(table, "__table__", table)
    insert = INSERTS[dialect_of(executor)](table).values(**row)
    keys = {column.name for column in table.primary_key}
    newer = {name: insert.excluded[name] for name in row if name not in keys.union(kept)}
    executor.execute(insert.on_conflict_do_update(index_elements=sorted(keys), set_=newer))


def flask_settings(config: Config) -> dict[str, Any]:
    """What Flask-SQLAlchemy is told."""
    options: dict[str, Any] = {
        "pool_size": config.database_pool_size,
        "pool_timeout": 10,
        "hide_parameters": True,  # an error's text is logged; a row may hold somebody's token
    }
    if config.on_sqlite:
        options["connect_args"] = {"timeout": BUSY_STEP_SEC, "check_same_thread": False}
    else:
        options["pool_pre_ping"] = True
        options["connect_args"] = {**POSTGRES_PATIENCE, "options": "-c timezone=utc"}
    return {
        "SQLALCHEMY_DATABASE_URI": config.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": options,
    }


def open_database(app: Flask) -> Database:
    """Bind the extension to the application and hand out the transactions' side of it."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return Database(engine)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # With synchronous=NORMAL a commit writes to the log and does not wait for the disk, while
    # checkpoints keep their order (https://sqlite.org/wal.html); `Database.flush` waits instead,
    # off the event loop and once for all who commit meanwhile.
    for pragma in (
        "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _flush_off_the_loop() -> GroupFlush:
    offload = make_offload(1)
    # A checkpoint, which syncs, may have taken the log away.
    return GroupFlush(lambda paths: offload(flush_files, paths))


def _begin_sqlite(connection: Any) -> None:
    driver = connection.connection  # SQLAlchemy's way to a bare word costs as much as a query
    if not connection.get_execution_options().get("photoai_write"):
        driver.execute("BEGIN")
        return
    deadline = time.monotonic() + BUSY_TIMEOUT_SEC
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            locked = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            if not locked:
                raise
            if time.monotonic() > deadline:
                raise DatabaseBusy(retry_after=RETRY_BUSY_SEC) from error
            time.sleep(BUSY_LOOK_SEC)
        else:
            return


def _begin_postgresql(connection: Any) -> None:
    if not connection.get_execution_options().get("photoai_durable", True):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
