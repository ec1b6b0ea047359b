"""``python -m infra.ops [--stage prod] <command>``: see docs/operations.md. Without a stage: the laptop's mall."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.ops import dead_letters, jobs, logs, outbox, secrets, tables
from infra.ops.console import Console
from infra.ops.target import Refused, Target, find

Command = Callable[[Target, Console, argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when done, 1 when refused or AWS said no."""
    options = _parser().parse_args(arguments)
    console = Console(as_json=options.json, dry_run=options.dry_run, yes_prod=options.yes_prod)
    try:
        target = find(options.stage, prefix=options.prefix, region=options.region, port=options.port)
        options.run(replace(target, log=options.log), console, options)
    except Refused as refusal:
        console.say(f"refused: {refusal}")
        return 1
    except _aws_errors() as error:
        console.say(f"AWS: {error}")
        return 1
    return 0


def _aws_errors() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def _status(target: Target, console: Console, options: argparse.Namespace) -> None:
    """One look: queues, dead letters, the outbox."""
    rows, found = [], dead_letters.queues(target)
    for name in (each for each in found if not each.endswith(dead_letters.DEAD)):
        alive = dead_letters.counts(target, found[name])
        dead = dead_letters.counts(target, found[name + dead_letters.DEAD])
        rows.append({"queue": name, "waiting": alive[0], "at work": alive[1], "dead": dead[0] + dead[1]})
    console.answers({"queues": rows, "outbox": outbox.lags(target), "parked": [{"parked": len(outbox.parked(target))}]})


def _list_dead(target: Target, console: Console, options: argparse.Namespace) -> None:
    with dead_letters.held(target, queue=options.queue, older_than=options.older_than, limit=options.limit) as letters:
        console.answer([each.row() for each in letters], "no dead letters")


def _show_dead(target: Target, console: Console, options: argparse.Namespace) -> None:
    with dead_letters.held(target) as letters:
        (letter,) = dead_letters.chosen(letters, options.id)
    console.answer([letter.row()])
    print(letter.body)
    if re.fullmatch(r"[\w.-]{1,64}", letter.correlation_id):
        console.answer([logs.row(line) for line in logs.trace(target, letter.correlation_id, options.within)], "no log")


def _replay_dead(target: Target, console: Console, options: argparse.Namespace) -> None:
    with dead_letters.held(target, queue=options.queue, older_than=options.older_than, limit=options.limit) as letters:
        wanted = dead_letters.chosen(letters, options.id)
        if console.may_change(target, f"send {len(wanted)} dead letters again, {options.pace:g} a second"):
            dead_letters.replay(target, console, wanted, options.pace)


def _delete_dead(target: Target, console: Console, options: argparse.Namespace) -> None:
    with dead_letters.held(target) as letters:
        (letter,) = dead_letters.chosen(letters, options.id)
        if console.may_change(target, f"delete {letter.subscriber} {letter.event} {letter.id}: {options.reason}"):
            key = dead_letters.delete(target, letter, options.reason)
            console.say(f"a copy is in s3://{target.work_bucket}/{key}")


def _parked(target: Target, console: Console, options: argparse.Namespace) -> None:
    console.answer([outbox.row(each) for each in outbox.parked(target)], "no parked events")


def _put_back(target: Target, console: Console, options: argparse.Namespace) -> None:
    wanted = [each for each in outbox.parked(target) if not options.id or each["id"]["S"] == options.id]
    if options.id and not wanted:
        raise Refused(f"no parked event {options.id}")
    if console.may_change(target, f"put {len(wanted)} parked events back into the outbox"):
        for number, each in enumerate(wanted, 1):
            outbox.put_back(target, each)
            console.progress(f"{number} of {len(wanted)}", last=number == len(wanted))


def _list_jobs(target: Target, console: Console, options: argparse.Namespace) -> None:
    console.answer([{"job": name} for name in jobs.names()])


def _run_job(target: Target, console: Console, options: argparse.Namespace) -> None:
    if console.may_change(target, f"run {options.name} now"):
        console.answer([{"job": options.name, "result": jobs.run(target, options.name)}])


def _rotate(target: Target, console: Console, options: argparse.Namespace) -> None:
    secrets.rotate(target, console, options.secret, options.step)


def _restart(target: Target, console: Console, options: argparse.Namespace) -> None:
    if console.may_change(target, "restart every function, so that settings and secrets are read anew"):
        secrets.restart(target, console)


def _export(target: Target, console: Console, options: argparse.Namespace) -> None:
    directory = options.directory or Path(".local/exports") / target.table(options.name)
    made = tables.export(target, console, options.name, directory, options.segments)
    if options.upload:
        tables.upload(target, console, directory, options.upload)
    console.answer([{"table": made["table"], "items": made["items"], "directory": directory}])


def _restore(target: Target, console: Console, options: argparse.Namespace) -> None:
    if options.download:
        tables.download(target, options.download, options.directory)
    done = tables.restore(
        target, console, options.directory, into=options.into, per_second=options.pace, overwrite=options.overwrite
    )
    console.answer([done])


def _trace(target: Target, console: Console, options: argparse.Namespace) -> None:
    lines = logs.trace(target, options.id, options.within)
    console.answer(lines if console.as_json else [logs.row(each) for each in lines], "no such line")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m infra.ops", description=__doc__)
    parser.add_argument("--stage", default="local", help="local (make run), or one of infra/aws/stages")
    parser.add_argument("--prefix", default="", help="in front of every name, when the stage's file does not say it")
    parser.add_argument("--region", default="")
    parser.add_argument("--port", type=int, default=8000, help="of make run")
    parser.add_argument("--log", type=Path, default=Path(".local/mall.log"), help="of make run")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--yes-prod", action="store_true", help="production may be changed")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add(commands, "status", _status, "queues, dead letters, the outbox, at one look")
    _add_dead(_group(commands, "dead-letters", "what failed five times"))
    _add_outbox(_group(commands, "outbox", "events that were put aside"))
    job = _group(commands, "job", "what runs on a clock")
    _add(job, "list", _list_jobs, "every job")
    _add(job, "run", _run_job, "run one now").add_argument("name")
    index = _add(_group(commands, "search-index", "the search index"), "rebuild", _run_job, "make it anew, whole")
    index.set_defaults(name="rebuild_search_index")
    keys = _group(commands, "secrets", "keys")
    for name, secret in (("session", secrets.SESSION), ("codes", secrets.CODES)):
        rotating = _add(keys, f"rotate-{name}", _rotate, f"{secret}, in three steps")
        rotating.set_defaults(secret=secret)
        rotating.add_argument("step", choices=secrets.STEPS)
    _add(commands, "restart", _restart, "every function reads its settings and secrets anew")
    _add_tables(_group(commands, "table", "a table in files"))
    trace = _add(commands, "trace", _trace, "one correlation id (X-Request-Id) through all logs")
    trace.add_argument("id")
    _within(trace)
    return parser


def _add_dead(group: Any) -> None:
    listing = _add(group, "list", _list_dead, "look, without taking them")
    show = _add(group, "show", _show_dead, "one, with what was logged about it")
    show.add_argument("id")
    _within(show)
    replay = _add(group, "replay", _replay_dead, "send again to the queue they came from")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", default="")
    which.add_argument("--all", action="store_true")
    replay.add_argument("--pace", type=_rate, default=5.0, help="a second; 5 if not given")
    for each in (listing, replay):
        each.add_argument("--queue", default="")
        each.add_argument("--older-than", type=_duration, default=timedelta(), metavar="2h")
        each.add_argument("--limit", type=int, default=1000)
    delete = _add(group, "delete", _delete_dead, "one, keeping a copy and the reason")
    delete.add_argument("id")
    delete.add_argument("--reason", required=True)


def _add_outbox(group: Any) -> None:
    _add(group, "parked", _parked, "look at them")
    back = _add(group, "put-back", _put_back, "after a release that knows them")
    which = back.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", default="")
    which.add_argument("--all", action="store_true")


def _add_tables(group: Any) -> None:
    export = _add(group, "export", _export, "to JSON Lines; goes on where it was broken off")
    export.add_argument("name")
    export.add_argument("--directory", type=Path, help=".local/exports/<table> if not given")
    export.add_argument("--segments", type=int, choices=range(1, 33), default=4, metavar="1-32")
    export.add_argument("--upload", default="", metavar="s3://bucket/prefix")
    restore = _add(group, "restore", _restore, "put back what is missing; goes on where it was broken off")
    restore.add_argument("directory", type=Path)
    restore.add_argument("--download", default="", metavar="s3://bucket/prefix")
    restore.add_argument("--into", default="", help="another table of the same keys")
    restore.add_argument("--overwrite", action="store_true", help="also what is there")
    restore.add_argument("--pace", type=_rate, default=50.0, help="items a second; 50 if not given")


def _group(commands: Any, name: str, text: str) -> Any:
    return commands.add_parser(name, help=text).add_subparsers(required=True, metavar="command")


def _add(commands: Any, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _within(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--within", type=_duration, default=timedelta(days=1), metavar="24h", help="how far back")


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([mhd])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r}: 30m, 2h, 3d")
    return int(found[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r}: more than 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
