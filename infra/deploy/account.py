"""The account and the region that a stage lives in."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import boto3

from infra.build.stages import Stage


class DeployError(Exception):
    """It can not go on; what was done until then stands. The message says what to do."""


class Account:
    """Clients for one stage, with the credentials that every AWS tool finds (``AWS_PROFILE``, environment, role)."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._session = boto3.session.Session(region_name=stage.region)

    def client(self, service: str) -> Any:
        return self._session.client(service)

    @cached_property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def dns_suffix(self) -> str:
        """``amazonaws.com``, in China ``amazonaws.com.cn``."""
        suffix: str = self._session.client("s3").meta.endpoint_url.partition(f".{self.stage.region}.")[2]
        return suffix

    @property
    def releases_bucket(self) -> str:
        """The bucket of infra/aws/releases.yaml."""
        return f"{self.stage.prefix}releases"

    def identity(self) -> str:
        """Account and region, for people to see first. :raises DeployError: credentials of another partition."""
        arn: str = self.client("sts").get_caller_identity()["Arn"]
        partition = arn.split(":")[1]
        wanted = self._session.get_partition_for_region(self.stage.region)
        if partition != wanted:
            raise DeployError(f"credentials of {partition}, but {self.stage.region} is in {wanted}")
        return f"{arn.split(':')[4]} in {self.stage.region}"
