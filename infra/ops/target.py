"""Which mall is meant, and the guard before changing it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

STAGES = Path(__file__).parents[1] / "aws" / "stages"
_LAPTOP: dict[str, Any] = {"region": "cn-northwest-1", "parameters": {"Prefix": "siyu-"}}


class Refused(Exception):
    """Not done, and nothing was changed; the text says why."""


@dataclass(frozen=True)
class Target:
    """A mall: its stage, its region, what stands in front of its names.

    ``endpoint``: where AWS is asked when it is not AWS (the laptop's). ``secrets``: the SSM parameter's name.
    """

    stage: str
    region: str
    prefix: str
    endpoint: str | None = None
    secrets: str = ""
    log: Path = field(default=Path(".local/mall.log"))

    def client(self, service: str) -> Any:
        """A botocore client. On the laptop the credentials are made up: nobody checks them."""
        return _client(service, self.region, self.endpoint)

    def table(self, name: str) -> str:
        return self.prefix + name.removeprefix(self.prefix)

    def function(self, name: str) -> str:
        return self.prefix + name

    @property
    def work_bucket(self) -> str:
        return f"{self.prefix}work"

    def is_production(self) -> bool:
        """By the word of what is deployed, not of whoever typed the stage. Unknown counts as production."""
        if self.endpoint:
            return False
        if self.stage == "prod":
            return True
        aws = self.client("lambda")
        try:
            found = aws.get_function_configuration(FunctionName=self.function("api"))
        except aws.exceptions.ClientError:
            return True
        return bool(found.get("Environment", {}).get("Variables", {}).get("SIYU_STAGE", "prod") == "prod")


@cache
def _client(service: str, region: str, endpoint: str | None) -> Any:
    import boto3
    from botocore.config import Config

    # A job may take as long as a function lives.
    config = Config(
        read_timeout=920 if service == "lambda" else 30, retries={"mode": "standard", "total_max_attempts": 5}
    )
    made_up = {"aws_access_key_id": "laptop", "aws_secret_access_key": "laptop"} if endpoint else {}
    return boto3.client(service, region_name=region, endpoint_url=endpoint, config=config, **made_up)


def find(stage: str, *, prefix: str = "", region: str = "", port: int = 8000) -> Target:
    """The mall of *stage*, as infra/aws/stages describes it; ``local`` is the one that ``make run`` has up.

    :raises Refused: no such stage.
    """
    known = _LAPTOP if stage == "local" else _described(stage)
    parameters = known["parameters"]
    return Target(
        stage=stage,
        region=region or known["region"],
        prefix=prefix or parameters["Prefix"],
        endpoint=f"http://127.0.0.1:{port}/_local/aws" if stage == "local" else None,
        secrets=parameters.get("SecretsParameter", ""),
    )


def _described(stage: str) -> dict[str, Any]:
    path = STAGES / f"{stage}.json"
    if not stage.isalnum() or not path.exists():
        raise Refused(f"no stage {stage!r}: it is local, or has a file in {STAGES}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
