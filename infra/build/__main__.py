"""``python -m infra.build --stage prod --arch arm64``: the package and the template of a stage, checked.

The package is the same for every stage, and the same bytes for the same commit; the template is a stage's.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.build import archive, check, imports, precompile, stages, template, tree
from infra.build.lock import LOCK
from infra.build.target import ARCHS, OUT, STAGES, Arch, BuildError


@dataclass(frozen=True)
class Built:
    """What lies in ``build/``; ``build/<stage>.json`` says the same."""

    stage: str
    arch: str
    package: str
    sha256: str
    template: str
    precompiled: bool


def build(stage: stages.Stage, arch: Arch) -> Built:
    """Build and check. :raises BuildError: it would not be what it should."""
    python = precompile.find_python()
    path, sha256 = build_package(arch, python)
    lock = LOCK.read_text(encoding="utf-8")
    check.require(check.package(path, arch, lock, compiled=python is not None))
    document = template.app_template(stage, arch)
    text = template.dump(document)
    check.require(check.template(document, text, declared()))
    target = OUT / f"{stage.name}-app.json"
    target.write_text(text, encoding="utf-8")
    built = Built(stage.name, arch.name, str(path), sha256, str(target), python is not None)
    (OUT / f"{stage.name}.json").write_text(json.dumps(asdict(built), indent=1) + "\n", encoding="utf-8")
    print(f"{path}\n  sha256     {sha256}")
    print(check.summary(path, document, text))
    print(f"  byte code  {f'of {python}' if python else 'NONE: ' + precompile.missing()}")
    print(f"  imports    {_imports(path, arch, python)}")
    return built


def build_package(arch: Arch, python: str | None, directory: Path = OUT) -> tuple[Path, str]:
    """The zip and its hash, which is also in its name."""
    with tempfile.TemporaryDirectory() as temporary:
        content = Path(temporary) / "content"
        content.mkdir()
        tree.install(content, arch)
        tree.prune(content)
        tree.copy_source(content)
        if python:
            precompile.precompile(content, python)
        draft = Path(temporary) / "package.zip"
        sha256 = archive.pack(content, draft)
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.glob(f"siyu-{arch.name}-*.zip"):
            old.unlink()
        path = directory / f"siyu-{arch.name}-{sha256[:12]}.zip"
        shutil.move(draft, path)
    return path, sha256


def declared() -> set[str]:
    """The functions that app.py declares, read from its source: nothing is imported."""
    import ast

    from infra.build.target import ROOT

    found = {"api"}
    for node in ast.parse((ROOT / "app.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            found.add(node.name)
    return found


def _imports(path: Path, arch: Arch, python: str | None) -> str:
    if python is None:
        return "not tried, for want of that Python"
    if platform.machine() not in (arch.machine, arch.name) or sys.platform != "linux":
        return f"not tried: this machine is no {arch.name} Linux"
    return imports.try_out(path, python, template.placeholders())


def main() -> None:
    parser = argparse.ArgumentParser(prog="make package", description=__doc__)
    parser.add_argument("--stage", choices=STAGES, default="dev")
    parser.add_argument("--arch", choices=sorted(ARCHS), help="instead of the stage's own")
    parser.add_argument("--twice", action="store_true", help="build twice and compare")
    options = parser.parse_args()
    try:
        stage = stages.load(options.stage)
        arch = ARCHS[options.arch] if options.arch else stage.arch
        built = build(stage, arch)
        if options.twice:
            again = build_package(arch, precompile.find_python(), OUT / "again")[1]
            if again != built.sha256:
                raise BuildError(f"built twice, two packages: {built.sha256} and {again}")
            print("  twice      the same bytes")
    except BuildError as error:
        sys.exit(f"package: {error}")


if __name__ == "__main__":
    main()
