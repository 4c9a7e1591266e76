"""Processes without HTTP of their own: `python -m photoai COMMAND`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging.config
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from photoai import backups, config, migrating, restoring
from photoai.config import ROOT, Config
from photoai.errors import ConfigError, DatabaseInUse, PhotoaiError
from photoai.logs import logging_settings
from photoai.services.ascii.playing import add_arguments

if TYPE_CHECKING:
    from photoai.services import Services


def serve(settings: Config, args: argparse.Namespace) -> int:
    """Bring the database up to date and run the web server."""
    _check_free(settings.host, settings.port)
    if not migrating.is_current(settings):
        migrate(settings, args)
    os.execv(  # noqa: S606 - our own interpreter
        sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    )


def _check_free(host: str, port: int) -> None:
    """Raises ConfigError when the server could not listen there."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"Cannot listen on {host}:{port}: {reason}. See HOST and PORT.") from None


def migrate(settings: Config, args: argparse.Namespace) -> int:
    """Bring the database up to date; make the credentials and the operators' slots."""
    if kept := backups.before_migration(settings):
        print(f"photoai: The database as it was is kept in {kept}.", file=sys.stderr)
    _bring_up_to_date(settings)
    return 0


def _bring_up_to_date(settings: Config) -> None:
    from sqlalchemy.exc import OperationalError

    from photoai.app import create_app, services_of

    settings.path("instance_dir").mkdir(parents=True, exist_ok=True)
    app = create_app(settings)
    database = services_of(app).database
    try:
        with database.alone("migrate"):
            migrating.upgrade(app)
    except OperationalError as error:
        raise ConfigError(f"The database cannot be used: {error.orig}".strip()) from None
    services_of(app).prepare()
    database.dispose()


def work(settings: Config, args: argparse.Namespace) -> int:
    """Run the jobs that web processes accept (QUEUE_BACKEND=postgres)."""
    from photoai.app import create_app, services_of

    services = services_of(create_app(settings))
    if services.working is None:
        raise ConfigError("With QUEUE_BACKEND=memory the web process runs the jobs itself.")
    if args.only is None:
        services.working.run()
    else:
        services.working.run_only(args.only)
    logging.shutdown()
    os._exit(0)  # threads that still wait for a provider would hold it up; others have their jobs


def backup(settings: Config, args: argparse.Namespace) -> int:
    """Copy the embedded database; the server may go on meanwhile."""
    copies = backups.Backups.of(settings)
    if not settings.sqlite_path.is_file():
        raise ConfigError(f"There is no database {settings.sqlite_path}.")
    if args.out is None:
        print(copies.take(backups.Reason.MANUAL))
        return 0
    if args.out.exists():
        raise ConfigError(f"There is a file {args.out} already.")
    copies.copy_to(args.out)
    print(args.out)
    return 0


def restore(settings: Config, args: argparse.Namespace) -> int:
    """Put a copy in the embedded database's place, while the server is stopped."""
    from photoai.services.jobs import FileLock

    lock = FileLock.of(settings)
    if not lock.acquire():
        raise DatabaseInUse
    try:
        with restoring.draft_of(args.file, settings) as draft:
            if not (args.yes or _agreed(f"Replace {settings.sqlite_path} by {args.file}?")):
                print("photoai: Nothing was changed; --yes says that it may be.", file=sys.stderr)
                return 1
            _bring_up_to_date(dataclasses.replace(settings, database_url=f"sqlite:///{draft}"))
            kept = restoring.put_in_place(draft, settings)
    finally:
        lock.release()
    print(f"{settings.sqlite_path} is now what {args.file} holds.")
    if kept:
        print(f"What was there before is kept in {kept}.")
    return 0


def _agreed(question: str) -> bool:
    """Where nobody can answer, nobody has agreed."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def create_admin(settings: Config, args: argparse.Namespace) -> int:
    """Make an administrator, or give one a new password; it is printed once."""
    with _house(settings, args) as services:
        password = services.registrations.appoint_administrator(args.name, args.email)
    print(password)
    return 0


def import_legacy(settings: Config, args: argparse.Namespace) -> int:
    """Take over accounts and API keys of the old merge service."""
    from photoai.services.accounts.legacy import LegacyImport

    with _house(settings, args) as services:
        report = LegacyImport(services.database).run(args.users, args.keys)
    print(f"{report.taken['users']} users and {report.taken['keys']} keys were taken over.")
    for what, reason in report.skipped:
        print(f"skipped: {what} {reason}")
    return 0


@contextmanager
def _house(settings: Config, args: argparse.Namespace) -> Iterator[Services]:
    """The services on a database that is up to date, none of them at work."""
    from photoai.app import create_app, services_of

    if not migrating.is_current(settings):
        migrate(settings, args)
    services = services_of(create_app(settings))
    try:
        yield services
    finally:
        services.database.dispose()


def show_config(settings: Config, args: argparse.Namespace) -> int:
    """Print the settings that can be made, as `.env.example` holds them."""
    print(config.env_example(), end="")
    return 0


def show_openapi(settings: Config, args: argparse.Namespace) -> int:
    """Print the API's description, as `docs/openapi.json` holds it."""
    from photoai.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(_throwaway(Path(folder)))
        with app.test_request_context():
            document = app.test_client().get("/openapi.json").get_json()
    print(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False))
    return 0


def booth_send(settings: Config, args: argparse.Namespace) -> int:
    """Send a photo as a booth does and keep what comes back."""
    from photoai.services.accounts import load_credentials
    from photoai.services.booth import BoothProgram, send_photo

    if args.password is None:
        known = {each.username: each for each in load_credentials(settings).operators}
        if args.operator not in known:
            raise ConfigError(f"There is no operator {args.operator}, only {', '.join(known)}.")
        args.password = known[args.operator].ingest_password
    base = args.url or f"http://{settings.host}:{settings.port}"
    if args.out and not args.out.parent.is_dir():
        raise ConfigError(f"There is no folder {args.out.parent}.")
    link = f"{base.rstrip('/')}/ingest/{args.slot}"
    program = BoothProgram(args.profile, dict(args.token))
    finished = send_photo(link, args.photo, args.password, program=program)
    target = args.out or args.photo.with_name(f"{args.photo.stem}.finished{finished.ending}")
    target.write_bytes(finished.image)
    print(f"{target}: {len(finished.image)} bytes in {finished.seconds:.2f} s,", end=" ")
    print(f"job {finished.job}, rung {finished.rung}")
    return 0


def play_ascii(settings: Config, args: argparse.Namespace) -> int:
    """Play a video as characters in this terminal."""
    from photoai.services.ascii.playing import play

    return play(args)


def make_app(settings: Config, args: argparse.Namespace) -> int:
    """Write the files of a custom app for make.com that calls this server."""
    from photoai.services.make_app import write_app

    base_url = args.base_url or settings.public_base_url
    if not base_url:
        raise ConfigError("Make must know where this server is: PUBLIC_BASE_URL, or --base-url.")
    for path in write_app(base_url, args.out or settings.path("instance_dir") / "make"):
        print(path)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m photoai", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "serve", serve)
    _command(commands, "migrate", migrate)
    worker = _command(commands, "worker", work)
    worker.add_argument("--only", type=int, metavar="JOB", help="one job, and no other")
    copy = _command(commands, "backup", backup)
    copy.add_argument(
        "--out", type=Path, help="a file of one's own; default: one more in BACKUPS_DIR"
    )
    back = _command(commands, "restore", restore)
    back.add_argument("file", type=Path, help="what `backup` has made")
    back.add_argument("--yes", action="store_true", help="do not ask")
    admin = _command(commands, "create-admin", create_admin)
    admin.add_argument("name", help="the administrator's user name")
    admin.add_argument("--email", help="of a new one")
    legacy = _command(commands, "import-legacy", import_legacy)
    legacy.add_argument("--users", type=Path, required=True, help="the old users.json")
    legacy.add_argument("--keys", type=Path, help="the old api_keys.json")
    shown = _command(commands, "config", show_config)
    shown.add_argument("--example", action="store_true", help="the text of .env.example")
    _command(commands, "openapi", show_openapi)
    make = _command(commands, "make-app", make_app)
    make.add_argument("--base-url", metavar="URL", help="default: PUBLIC_BASE_URL")
    make.add_argument("--out", type=Path, metavar="DIR", help="default: make in INSTANCE_DIR")
    add_arguments(_command(commands, "ascii", play_ascii))
    booth = commands.add_parser("booth", help="try a set-up as a booth")
    send = _command(booth.add_subparsers(required=True, metavar="ACTION"), "send", booth_send)
    send.add_argument("photo", type=Path, help="a JPEG, PNG, WebP or HEIC file")
    send.add_argument("--slot", default="slot-001", help="default: slot-001")
    send.add_argument(
        "--operator", default="serg", help="whose ingest password is sent; default: serg"
    )
    send.add_argument("--password", help="the ingest password, when it is not in the credentials")
    send.add_argument(
        "--profile", choices=("image", "multipart"), default="image", help="which booth it plays"
    )
    send.add_argument(
        "--token", type=_answer, action="append", default=[], metavar="NAME=ANSWER",
        help="what the guest answered; as often as there are questions",
    )  # fmt: skip
    send.add_argument("--url", help="where the server is; this machine's by default")
    send.add_argument("--out", type=Path, help="where it goes; default: NAME.finished.jpg")
    return top


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[Config, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=(run.__doc__ or "").splitlines()[0])
    command.set_defaults(run=run)
    return command


def _answer(text: str) -> tuple[str, str]:
    name, is_one, answer = text.partition("=")
    if not (name and is_one):
        raise argparse.ArgumentTypeError("an answer is NAME=ANSWER")
    return name, answer


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What a command line says. Whatever follows `--password` or `--token` is its value: argparse
    by itself takes a password that begins with a hyphen for an option."""
    joined: list[str] = []
    rest = iter(words)
    for word in rest:
        value = next(rest, None) if word in {"--password", "--token"} else None
        joined.append(word if value is None else f"{word}={value}")
    return parser().parse_args(joined)


def _throwaway(folder: Path) -> Config:
    """A configuration that touches nothing of this installation."""
    return dataclasses.replace(
        Config(),
        instance_dir=folder,
        media_root=folder / "media",
        database_url=f"sqlite:///{folder}/photoai.db",
        credentials_file=folder / "credentials.json",
    )


def main() -> int:
    args = arguments(sys.argv[1:])
    try:
        settings = config.read()
        logging.config.dictConfig(logging_settings(settings))
        code: int = args.run(settings, args)
    except PhotoaiError as error:
        print(error.line(), file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
