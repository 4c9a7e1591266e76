"""Every setting: its type, default and one line of help.

The environment is read once, here; `.env.example` is generated from this file
(`python -m photoai config --example`).
"""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from photoai.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
TRUE_WORDS, FALSE_WORDS = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
AT_LEAST_ONE = (
    "queue_max_size", "job_timeout_sec", "result_ttl_hours", "web_connections",
    "worker_concurrency", "backups_kept", "webhook_timeout_sec", "live_streams_per_user",
    "live_streams_max", "live_heartbeat_sec", "max_concurrent_jobs", "video_max_file_mb",
    "ascii_viewers_per_user", "ascii_viewers_max",
    "video_max_duration_sec", "video_max_pixels", "upload_max_mb", "ascii_ttl_hours",
    "anonymous_jobs_max", "anonymous_max_file_mb", "anonymous_max_duration_sec",
    "reels_max_file_mb", "reels_max_duration_sec", "reels_parallel",
)  # fmt: skip
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - only where a router stands in front
QUEUES = ("memory", "postgres")
# What may be open to callers without an account.
FACADES = ("ascii", "reels")
FROM_TO = {
    "sync_response_timeout_sec": (5, 110), "ascii_default_width": (10, 240),
    "ascii_default_fps": (1, 60), "ascii_default_crf": (0, 51), "alert_errors_percent": (0, 100),
}  # fmt: skip
WEB = ("http://", "https://")
BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
DATABASES = ("sqlite", "postgres", "postgresql", "postgresql+psycopg2")

# How long photos that wait when the server is told to stop are still answered.
PHOTO_GRACE_SEC, PHOTO_GRACE_UNDER_DYNO_SEC = 55.0, 25.0


def setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Config:
    """The settings of one process, immutable once read."""

    host: str = setting("127.0.0.1", "Address the web server listens on.")
    port: int = setting(8000, "Port the web server listens on.")
    public_base_url: str = setting(
        "",
        "Base of every absolute link, https://photos.example.com. Empty: taken from the request.",
    )
    trusted_proxy_hops: int = setting(
        0, "How many reverse proxies in front may set X-Forwarded-* headers."
    )
    cors_allowed_origins: tuple[str, ...] = setting(
        (), "Origins that may call the API from a browser, separated by commas, or *."
    )
    web_connections: int = setting(2000, "Connections one web process keeps open at once.")

    instance_dir: Path = setting(
        Path("instance"), "Folder of the database, the lock and the media."
    )
    database_url: str = setting(
        "sqlite:///instance/photoai.db", "SQLite or PostgreSQL; postgres:// is accepted."
    )
    database_pool_size: int = setting(10, "Database connections one process keeps open.")
    backups_dir: str = setting(
        "", "Folder of the embedded database's copies; empty: backups in INSTANCE_DIR."
    )
    backups_kept: int = setting(7, "How many copies are kept of each kind.")
    credentials_file: Path = setting(
        Path("secrets/runtime_credentials.json"), "Operators' passwords and the secret key."
    )
    runtime_credentials: str = setting(
        "", "The same as JSON, on hosts without a disk; wins over the file."
    )
    secret_key: str = setting("", "Signs tokens and links; wins over the credentials' secret_key.")

    media_root: Path = setting(Path("instance/media"), "Folder of photos, results and media.")
    s3_bucket: str = setting(
        "", "S3 bucket of photos, results and media, in place of the folder MEDIA_ROOT."
    )
    s3_endpoint_url: str = setting(
        "", "Where the bucket is when it is not Amazon's: https://s3.example.com."
    )
    s3_prefix: str = setting("", "Folder inside the bucket; all it holds belongs to this server.")
    aws_access_key_id: str = setting("", "Key of the bucket.")
    aws_secret_access_key: str = setting("", "Its secret.")
    aws_region: str = setting("", "Region of the bucket; needed when it is Amazon's.")
    media_default_ttl_sec: int = setting(900, "How long a registered media object lives.")
    media_allowed_mime: tuple[str, ...] = setting(
        ("image/jpeg", "image/png", "image/webp", "image/heic"), "Types of photos that are taken."
    )
    media_max_file_size_mb: int = setting(20, "Largest photo that is taken, in megabytes.")
    media_max_pixels: int = setting(50_000_000, "Most pixels a photo may have.")

    providers_file: Path = setting(
        Path("configs/providers.json"), "Catalogue of providers and operations."
    )
    gemini_api_key: str = setting("", "Key of the Gemini API.")
    gemini_base_url: str = setting(
        "https://generativelanguage.googleapis.com", "Where the Gemini API is."
    )
    gemini_image_model: str = setting(
        "", "Gemini model for photos; empty: the catalogue's default."
    )
    gemini_video_model: str = setting(
        "", "Gemini model that watches videos; empty: the catalogue's default."
    )
    gemini_video_fallback_model: str = setting(
        "", "Gemini model asked when that one is gone or overloaded; empty: the catalogue's others."
    )
    openai_api_key: str = setting("", "Key of the OpenAI API.")
    openai_base_url: str = setting("https://api.openai.com/v1", "Where the OpenAI API is.")
    openai_image_model: str = setting(
        "", "OpenAI model for photos; empty: the catalogue's default."
    )
    turbotext_api_key: str = setting("", "Key of the TurboText API.")
    turbotext_base_url: str = setting(
        "https://www.turbotext.ru/api_ai", "Where the TurboText API is."
    )
    queue_backend: str = setting(
        "memory",
        "Who runs jobs: memory (the one web process) or postgres (worker processes).",
    )
    worker_concurrency: int = setting(
        32, "Jobs of one provider a worker process has at hand at once, at most."
    )
    queue_max_size: int = setting(200, "Jobs that may wait at once, running ones apart.")
    queue_max_per_user: int = setting(0, "Of those, how many may be one user's; 0: all of them.")
    queue_max_per_provider: int = setting(0, "Of those, how many for one provider; 0: all.")
    sync_response_timeout_sec: int = setting(
        50, "The booth's time-out (5-110): its answer is ready 2 s before."
    )
    job_timeout_sec: int = setting(600, "When a running job is given up.")
    result_ttl_hours: int = setting(72, "How long results are kept.")

    registration_enabled: bool = setting(True, "Whether anybody may open an account.")
    plans_file: Path = setting(Path("configs/plans.json"), "What each plan of an account allows.")
    max_concurrent_jobs: int = setting(1, "Video jobs that run at once, over all processes.")
    video_max_file_mb: int = setting(20, "Largest clip a merge takes, in megabytes.")
    video_max_duration_sec: int = setting(1800, "Longest video a merge makes.")
    video_max_pixels: int = setting(40_000_000, "Most pixels a frame of a clip may have.")
    upload_max_mb: int = setting(500, "Largest file that may be uploaded, in megabytes.")
    segment_cache_mb: int = setting(
        2000, "Disk the prepared clips of earlier merges may use, in megabytes, on each machine."
    )
    ascii_ttl_hours: int = setting(24, "How long the results of ASCII conversions are kept.")
    ascii_default_width: int = setting(
        120, "Columns of an ASCII conversion whose order names none (10-240)."
    )
    ascii_default_fps: int = setting(30, "Its frames per second (1-60).")
    ascii_default_crf: int = setting(23, "Its x264 quality (0-51, 0 is lossless).")
    reels_max_file_mb: int = setting(100, "Largest video that is analysed, in megabytes.")
    reels_max_duration_sec: int = setting(180, "Longest video that is analysed.")
    reels_parallel: int = setting(2, "Videos analysed at once, over all processes.")
    allow_anonymous: tuple[str, ...] = setting(
        (), "What callers without an account may use, separated by commas: ascii, reels."
    )
    anonymous_jobs_max: int = setting(10, "Jobs of all of them that may wait and run at once.")
    anonymous_max_file_mb: int = setting(50, "Largest file one of them may bring, in megabytes.")
    anonymous_max_duration_sec: int = setting(60, "Longest video one of them may bring.")
    downloads_require_signature: bool = setting(
        False, "Whether a merged video is only given to who has the signed link to it."
    )

    fetch_allowed_hosts: tuple[str, ...] = setting(
        (), "Hosts that may be asked wherever they are, on any port, separated by commas."
    )
    webhook_timeout_sec: int = setting(10, "How long the receiver of a webhook may take.")
    webhook_retries_sec: tuple[float, ...] = setting(
        (5.0, 30.0, 120.0, 600.0),
        "After how long a webhook that was not taken is sent again, one for each further try.",
    )
    live_streams_per_user: int = setting(20, "Streams of live events one account has at once.")
    live_streams_max: int = setting(1000, "Streams of live events one web process has at once.")
    ascii_viewers_per_user: int = setting(
        20, "How many ASCII videos one account watches live at once."
    )
    ascii_viewers_max: int = setting(
        100, "How many of them are watched at once through one web process."
    )
    live_heartbeat_sec: int = setting(15, "How often a silent stream of live events says so.")

    rate_limit_enabled: bool = setting(True, "Whether logins and wrong passwords are throttled.")
    alert_errors_percent: int = setting(
        20, "Share of a slot operator's failed photos that is an alert; 0: never."
    )
    alert_queue: int = setting(20, "Waiting photos of an operator that are an alert; 0: never.")
    alert_wait_sec: int = setting(30, "A photo's wait that is an alert; 0: never.")
    alert_late: int = setting(3, "Late photos in ten minutes that are an alert; 0: never.")
    metrics_token: str = setting(
        "", "Bearer token that opens /metrics from elsewhere; empty: only this machine may."
    )
    worker_metrics_host: str = setting(
        "127.0.0.1", "Address a worker answers Prometheus on; it asks for no token."
    )
    worker_metrics_port: int = setting(0, "Port a worker answers Prometheus on; 0: none.")
    log_level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR.")
    log_file: str = setting("", "File the log is written to as well as to standard error.")
    wsgi_app: str = setting("wsgi:app", "Application that `serve` runs, as module:name.")
    dyno: str = setting("", "Set by Heroku: its router wants the first byte within 30 s.")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], env_file: Path | None = None) -> Config:
        """Read the settings; the environment wins over `env_file`, empty values mean the default.

        Raises:
            ConfigError: a value does not fit its type or cannot work.
        """
        known = {**_file_settings(env_file), **environ}
        values = {
            each.name: _parsed(each.name.upper(), known[each.name.upper()], hints[each.name])
            for each in fields(cls)
            if known.get(each.name.upper(), "").strip()
        }
        if values.get("dyno"):  # its router comes from outside
            values.setdefault("host", EVERY_ADDRESS)
        config = cls(**values)
        config._check()
        return config

    def _check(self) -> None:
        if self.database_url.partition("://")[0] not in DATABASES:
            raise ConfigError(f"DATABASE_URL must begin with one of {', '.join(DATABASES)}.")
        if self.public_base_url and not self.public_base_url.startswith(WEB):
            raise ConfigError("PUBLIC_BASE_URL must begin with https:// or http://.")
        if self.queue_backend not in QUEUES:
            raise ConfigError(f"QUEUE_BACKEND must be one of {', '.join(QUEUES)}.")
        if self.queue_backend == "postgres" and self.on_sqlite:
            raise ConfigError("QUEUE_BACKEND=postgres needs a PostgreSQL in DATABASE_URL.")
        if self.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ConfigError("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
        for name in AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ConfigError(f"{name.upper()} must be at least 1.")
        for name, (least, most) in FROM_TO.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigError(f"{name.upper()} must be from {least} to {most}.")
        if unknown := set(self.allow_anonymous) - set(FACADES):
            raise ConfigError(f"ALLOW_ANONYMOUS knows no {', '.join(sorted(unknown))}.")
        if not all(0 <= seconds < float("inf") for seconds in self.webhook_retries_sec):
            raise ConfigError("WEBHOOK_RETRIES_SEC must be seconds, separated by commas.")
        self._check_bucket()

    def _check_bucket(self) -> None:
        if not self.s3_bucket:
            for name in ("s3_endpoint_url", "s3_prefix"):
                if getattr(self, name):
                    raise ConfigError(f"{name.upper()} is set, but S3_BUCKET is not.")
            return
        needed = ["aws_access_key_id", "aws_secret_access_key"]
        needed += [] if self.s3_endpoint_url else ["aws_region"]
        for name in needed:
            if not getattr(self, name):
                raise ConfigError(f"S3_BUCKET is set, but {name.upper()} is not.")
        if self.s3_endpoint_url and not self.s3_endpoint_url.startswith(WEB):
            raise ConfigError("S3_ENDPOINT_URL must begin with https:// or http://.")
        if not BUCKET.fullmatch(self.s3_bucket):
            raise ConfigError("S3_BUCKET must be the name of a bucket, without its address.")
        folders = self.s3_prefix.strip("/").split("/")
        if self.s3_prefix and {"", ".", ".."} & {*folders}:
            raise ConfigError("S3_PREFIX must be a folder's name, like photoai/prod.")

    @property
    def sqlalchemy_url(self) -> str:
        """DATABASE_URL as SQLAlchemy wants it: driver named, SQLite's path absolute."""
        scheme, _, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            return f"postgresql+psycopg2://{rest}"
        if scheme == "sqlite" and rest.startswith("/") and not rest.startswith("//"):
            return f"sqlite:///{ROOT / rest[1:]}"
        return self.database_url

    @property
    def postgres_url(self) -> str:
        """DATABASE_URL as PostgreSQL's own library takes it."""
        return self.sqlalchemy_url.replace("postgresql+psycopg2://", "postgresql://", 1)

    @property
    def on_sqlite(self) -> bool:
        return self.sqlalchemy_url.startswith("sqlite")

    @property
    def sqlite_path(self) -> Path:
        """The embedded database's file; its log lies beside it."""
        return Path(self.sqlalchemy_url.partition(":///")[2])

    @property
    def backups_folder(self) -> Path:
        return (
            ROOT / self.backups_dir if self.backups_dir else self.path("instance_dir") / "backups"
        )

    @property
    def photo_grace_sec(self) -> float:
        """Seconds after STOP in which a waiting photo is still answered."""
        return PHOTO_GRACE_UNDER_DYNO_SEC if self.dyno else PHOTO_GRACE_SEC

    def path(self, name: str) -> Path:
        """A path setting, relative ones counted from the project's root."""
        return ROOT / typing.cast(Path, getattr(self, name))


hints = typing.get_type_hints(Config)


def env_example() -> str:
    """The text of `.env.example`."""
    lines = [
        "# Copy to .env and uncomment what you change.",
        "# Generated by: python -m photoai config --example",
    ]
    for each in fields(Config):
        lines += ["", f"# {each.metadata['help']}", f"#{each.name.upper()}={_shown(each.default)}"]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(map(_shown, value)) if isinstance(value, tuple) else str(value)


def _parsed(name: str, text: str, hint: Any) -> Any:
    text = text.strip()
    if typing.get_origin(hint) is tuple:
        each = typing.get_args(hint)[0]
        return tuple(_parsed(name, part, each) for part in text.split(",") if part.strip())
    if hint is bool:
        return _truth(name, text)
    try:
        return hint(text)
    except ValueError:
        kind = "number" if hint is float else "whole number"
        raise ConfigError(f"{name} must be a {kind}, not {text!r}.") from None


def _truth(name: str, text: str) -> bool:
    if text.lower() in TRUE_WORDS | FALSE_WORDS:
        return text.lower() in TRUE_WORDS
    raise ConfigError(f"{name} must be true or false, not {text!r}.")


def _file_settings(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    return {key: value for key, value in dotenv_values(path).items() if value is not None}


def read() -> Config:
    """The configuration of this process: its environment over the project's `.env`."""
    return Config.from_environ(os.environ, ROOT / ".env")
