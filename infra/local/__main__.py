"""``python -m infra.local``: the whole mall on this machine, with a purchase played at the start.

Only the standard library is imported before it is known that the rest is there.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

LOG = "mall.log"
DATABASES = ("moto", "dynoxide")
NEEDED = [
    "chalice",
    "boto3",
    "pynamodb",
    "pydantic",
    "orjson",
    "jwt",
    "argon2",
    "cryptography",
    "tantivy",
    "rjieba",
    "urllib3",
    "moto",
    "yaml",
    "PIL",
]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was stopped or has played, 1 when the story went wrong, 2 when it could not start."""
    started = time.monotonic()
    options = _options(arguments)
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        return _sorry(
            f"the Python environment lacks {', '.join(missing)}: use `make run`, which installs the requirements"
        )
    # Both: a shell starts what it puts in the background with Ctrl-C ignored.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    from chalicelib.core.settings import SettingsError
    from infra.local.cloud import TemplateError
    from infra.local.demo.browser import Unexpected
    from infra.local.dynoxide import Unavailable
    from infra.local.runner import PortBusy

    try:
        return _run(options, started)
    except BrokenPipeError:  # whoever read along (head, a pager) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (PortBusy, Unavailable, TemplateError, SettingsError) as error:
        return _sorry(str(error))
    except Unexpected as error:
        print(f"\nThe story stops here: {error}\nThe API's log: {options.directory / LOG}", file=sys.stderr)
        return 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m infra.local", description="The whole mall on this machine.")
    # argparse converts a default that is text as if it had been typed.
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000", help="the API's port")
    partners_port = os.environ.get("PARTNERS_PORT") or None
    parser.add_argument("--partners-port", type=_port, default=partners_port, help="if not given, the API's plus one")
    parser.add_argument("--db", type=_database, default=os.environ.get("DB") or "moto", help=" or ".join(DATABASES))
    parser.add_argument("--directory", type=Path, default=Path(".local"), help="keeps keys, log and database file")
    parser.add_argument("--once", action="store_true", help="play the story and end")
    parser.add_argument("--no-story", action="store_true", help="open the shop, buy nothing")
    parser.add_argument("--verbose", action="store_true", help=f"show the mall's log here, not in {LOG}")
    options = parser.parse_args(arguments)
    options.partners_port = options.partners_port or options.port + 1
    return options


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def _database(text: str) -> str:
    if text not in DATABASES:
        raise argparse.ArgumentTypeError(f"{text!r}: choose {' or '.join(DATABASES)}")
    return text


def _run(options: argparse.Namespace, started: float) -> int:
    from infra.local import laptop
    from infra.local.demo import seed, story
    from infra.local.demo.teller import Teller

    laptop.require_free(options.port, "PORT")
    laptop.require_free(options.partners_port, "PARTNERS_PORT")
    options.directory.mkdir(parents=True, exist_ok=True)
    teller = Teller(started)
    pictures = seed.draw_in_background()
    clock = laptop.LaptopClock(behind=story.DELAY)
    with laptop.running(
        port=options.port,
        partners_port=options.partners_port,
        directory=options.directory,
        clock=clock,
        database=options.db,
        log=lambda: _log(options),
    ) as mall:
        teller.opening(mall, options.db, options.directory)
        shop = seed.open_shop(mall, teller, pictures)
        if not options.no_story:
            story.play(mall, shop, teller)
        clock.catch_up()
        if options.once:
            teller.title(f"Played in {time.monotonic() - started:.1f} s.")
            return 0
        teller.invitation(mall, shop, story.token_of_buyer(mall, shop))
        _wait()
        print("\nstopping…", flush=True)
    return 0


def _log(options: argparse.Namespace) -> logging.Handler:
    if options.verbose:
        return logging.StreamHandler(sys.stderr)
    return logging.FileHandler(options.directory / LOG, mode="w", encoding="utf-8")


def _wait() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        # The rest is quick; a second Ctrl-C must not break it off halfway.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _sorry(text: str) -> int:
    print(f"Siyu can not start: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # at any moment, in an import too
        sys.exit(0)
