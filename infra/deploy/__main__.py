"""``python -m infra.deploy deploy --stage prod``; also ``rollback``, ``secrets``, ``releases``."""

from __future__ import annotations

import argparse
import subprocess
import sys

from botocore.exceptions import BotoCoreError, ClientError

from infra.build import __main__ as building
from infra.build import stages
from infra.build.target import ARCHS, STAGES, BuildError
from infra.deploy import plan, secrets, smoke
from infra.deploy.account import Account, DeployError


def main() -> None:
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("what", choices=["deploy", "rollback", "secrets", "releases"])
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--arch", choices=sorted(ARCHS), help="instead of the stage's own")
    parser.add_argument("--to", default=None, help="the release to go back to")
    options = parser.parse_args()
    try:
        run(options.what, stages.load(options.stage), options.arch, options.to)
    except (BuildError, DeployError, BotoCoreError, ClientError) as error:
        sys.exit(f"{options.what}: {error}")


def run(what: str, stage: stages.Stage, arch: str | None, to: str | None) -> None:
    """:raises DeployError: where it stopped, and what to do."""
    account = Account(stage)
    deployment = plan.Deployment(account, lambda text: print(f"  {text}", flush=True), smoke.failures)
    if what == "deploy":
        built = building.build(stage, ARCHS[arch] if arch else stage.arch)
        plan.lint()
        deployment.deploy(built, commit())
    elif what == "rollback":
        deployment.rollback(to)
    elif what == "secrets":
        print(f"  {secrets.put(account, secrets.from_environment())} in {account.identity()}")
    else:
        for each in deployment.releases.all():
            print(f"  {each.id}  {'good' if each.good else 'not confirmed'}  {each.commit[:12]}")


def commit() -> str:
    """The commit of the work tree; a ``+`` behind it when there are changes."""
    told = [
        subprocess.run(["git", *rest], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607
        for rest in (["rev-parse", "HEAD"], ["status", "--porcelain"])
    ]
    return (told[0] or "unknown") + ("+" if told[1] else "")


if __name__ == "__main__":
    main()
