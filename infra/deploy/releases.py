"""What was deployed when: packages, templates and a record of each release, in the stage's bucket."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.account import Account, DeployError


@dataclass(frozen=True)
class Release:
    """One deployment of the app stack. ``good``: its smoke test passed."""

    id: str
    package: str
    template: str
    parameters: dict[str, str]
    commit: str
    good: bool = False
    instead_of: str = ""  # a rollback: the release that it took back


class Releases:
    """The records, the newest last. Ids begin with the time, so that they sort."""

    def __init__(self, account: Account) -> None:
        self._s3, self._bucket, self._account = account.s3, account.releases_bucket, account

    def keep_file(self, path: Path, folder: str) -> str:
        """Upload a file under its own name, unless it is there (names hold the hash). Returns its key."""
        key = f"{folder}/{path.name}"
        if not self._is_there(key):
            self._s3.upload_file(str(path), self._bucket, key)
        return key

    def keep_template(self, text: str, kind: str) -> str:
        """Upload a template. Returns its key, which holds its hash."""
        key = f"templates/{hashlib.sha256(text.encode()).hexdigest()[:12]}-{kind}.json"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json")
        return key

    def url(self, key: str) -> str:
        """Where CloudFormation reads it."""
        region, suffix = self._account.stage.region, self._account.dns_suffix
        return f"https://{self._bucket}.s3.{region}.{suffix}/{key}"

    def record(self, release: Release) -> Release:
        body = json.dumps(asdict(release), indent=1).encode()
        self._s3.put_object(Bucket=self._bucket, Key=f"releases/{release.id}.json", Body=body)
        return release

    def confirm(self, release: Release) -> Release:
        """Its smoke test passed."""
        return self.record(replace(release, good=True))

    def all(self) -> list[Release]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix="releases/")
        keys = sorted(each["Key"] for page in pages for each in page.get("Contents", []))
        return [Release(**self._read(key)) for key in keys]

    def before(self, wanted: str | None = None) -> tuple[Release, Release]:
        """(the release that stands now, the one to go back to: *wanted*, or the last good one with another content).

        :raises DeployError: there is none.
        """
        every = self.all()
        if not every:
            raise DeployError("nothing was ever deployed here")
        now, earlier = every[-1], every[:-1]
        if wanted:
            found = [each for each in every if each.id == wanted]
        else:
            found = [each for each in earlier if each.good and _content(each) != _content(now)]
        if not found:
            known = "\n  ".join(f"{each.id} {'good' if each.good else 'not confirmed'}" for each in every)
            raise DeployError(f"no such release to go back to. There are:\n  {known}")
        return now, found[-1]

    def _read(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        return found

    def _is_there(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True


def _content(release: Release) -> tuple[str, str, str]:
    return release.package, release.template, json.dumps(release.parameters, sort_keys=True)
