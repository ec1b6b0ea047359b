"""The steps of a deployment in their order, and the way back.

validate → package → releases (stack 0) → upload → data (stack 1) → network (if asked for) → app (stack 2) →
smoke test → alarms and dashboard.
Data first: new code finds its tables and indexes; the old code never sees one disappear (:mod:`infra.deploy.schema`).
A rollback brings the app stack to a release that was good. The data stack stays: it only ever grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from infra import watch
from infra.build import template
from infra.build.__main__ import Built
from infra.build.target import AWS, OVERLAYS
from infra.deploy import schema, secrets
from infra.deploy.account import Account, DeployError
from infra.deploy.releases import Release, Releases
from infra.deploy.stacks import Stacks
from infra.local.cloud import parse

DATA = AWS / "data.yaml"
Smoke = Callable[[str], Iterable[str]]
Tell = Callable[[str], None]


class Deployment:
    """One run for one stage.

    :param smoke: URL → what does not answer as it should.
    """

    def __init__(self, account: Account, tell: Tell, smoke: Smoke, seconds: float = 5.0) -> None:
        self.account, self.stage, self._tell, self._smoke = account, account.stage, tell, smoke
        self.stacks = Stacks(account.cloudformation, tell, seconds)
        self.releases = Releases(account)

    def validate(self, built: Built, commit: str) -> None:
        """Everything that can be known before anything changes. :raises DeployError:"""
        if self.stage.unfilled:
            raise DeployError(f"infra/aws/stages/{self.stage.name}.json: fill in {', '.join(self.stage.unfilled)}")
        if self.stage.name == "prod":
            if not built.precompiled:
                raise DeployError("prod gets byte code: make package said why there is none")
            if commit.endswith("+"):
                raise DeployError("prod gets what is committed: the work tree has changes")
        secrets.require_startable(self.stage, secrets.read(self.account))

    def deploy(self, built: Built, commit: str) -> Release:
        """All steps after the package. Returns the release, confirmed. :raises DeployError: where it stopped."""
        self._tell(f"to {self.account.identity()}, stage {self.stage.name}")
        self.validate(built, commit)
        self.make_releases()
        package = self.releases.keep_file(Path(built.package), "packages")
        app = self.releases.keep_template(Path(built.template).read_text(encoding="utf-8"), "app")
        self._tell(f"uploaded {package}, {app}")
        self.change_data()
        if self.stage.parameters.get("Network") == "true":
            self._plain("network", "network.yaml")
        parameters = {
            **self.stage.parameters,
            "CodeBucket": self.account.releases_bucket,
            "CodeKey": package,
        }
        made = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        release = self._release(Release(f"{made}-{commit[:7]}", package, app, parameters, commit))
        self.change_watch()
        return release

    def rollback(self, wanted: str | None = None) -> Release:
        """Bring the app stack to the last good release before this one, or to *wanted*."""
        self._tell(f"to {self.account.identity()}, stage {self.stage.name}")
        now, then = self.releases.before(wanted)
        self._tell(f"from {now.id} back to {then.id}")
        made = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        back = Release(f"{made}-back", then.package, then.template, then.parameters, then.commit, instead_of=now.id)
        return self._release(back)

    def make_releases(self) -> None:
        """Stack 0: the bucket of the releases."""
        body = (AWS / "releases.yaml").read_text(encoding="utf-8")
        self.stacks.apply(self.stage.stack("releases"), {"TemplateBody": body}, self.stage.parameters)

    def change_data(self) -> None:
        """Stack 1. :raises DeployError: the change would break the running mall."""
        name, body = self.stage.stack("data"), parse(DATA.read_text(encoding="utf-8"))
        before = self.stacks.template(name)
        if before and (wrong := list(schema.forbidden(parse(before), body))):
            raise DeployError("the data stack can not change so while the mall runs:\n  " + "\n  ".join(wrong))
        key = self.releases.keep_template(template.dump(body), "data")
        self.stacks.apply(name, {"TemplateURL": self.releases.url(key)}, self.stage.parameters)

    def change_watch(self) -> None:
        """Alarms and dashboard, made from what this work tree deploys."""
        document = watch.template(watch.read(self.stage.prefix, self.stage.front))
        key = self.releases.keep_template(template.dump(document), "watch")
        # The app's outputs among them: an HTTP API is known by its id.
        parameters = {**self.stage.parameters, **self.stacks.outputs(self.stage.stack("app"))}
        self.stacks.apply(self.stage.stack("watch"), {"TemplateURL": self.releases.url(key)}, parameters)

    def _plain(self, kind: str, file: str) -> None:
        body = (AWS / file).read_text(encoding="utf-8")
        self.stacks.apply(self.stage.stack(kind), {"TemplateBody": body}, self.stage.parameters)

    def _release(self, release: Release) -> Release:
        self.releases.record(release)
        url = {"TemplateURL": self.releases.url(release.template)}
        outputs = self.stacks.apply(self.stage.stack("app"), url, release.parameters)
        self._tell(f"the mall answers at {outputs['Url']}")
        if wrong := list(self._smoke(outputs["Url"])):
            text = "\n  ".join(wrong)
            raise DeployError(
                f"release {release.id} stands, but:\n  {text}\nBack: make rollback STAGE={self.stage.name}"
            )
        self._tell(f"release {release.id} is good")
        return self.releases.confirm(release)


def lint() -> None:
    """cfn-lint over what is deployed. :raises DeployError: it complains."""
    import subprocess
    import sys

    files = [str(path) for path in sorted(AWS.glob("*.yaml")) if path.name not in OVERLAYS]
    files += [str(path) for path in sorted((AWS.parents[1] / "build").glob("*-app.json"))]
    command = [str(Path(sys.executable).with_name("cfn-lint")), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DeployError(f"cfn-lint:\n{done.stdout}{done.stderr}")
