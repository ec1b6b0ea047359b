"""``python -m infra.build.lock``: writes requirements.lock, every wheel that is shipped, with its hashes.

requirements.txt pins what we chose; the lock also pins what that pulls in, so that the same commit makes the same
package next year, and an index that serves something else is refused. The command line of Chalice stays at home.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.build.target import ARCHS, PYTHON, ROOT, TAG, Arch, BuildError

LOCK = ROOT / "infra" / "build" / "requirements.lock"
REQUIREMENTS = ROOT / "requirements.txt"
#: What only Chalice's command line asks for: nothing of it is imported by ``chalice.app``.
NOT_SHIPPED = frozenset(
    {
        *("blessed", "click", "editor", "inquirer", "jinxed", "packaging", "pip", "pyyaml"),
        *("readchar", "runs", "setuptools", "wcwidth", "wheel", "xmod"),
    }
)
_HEAD = "# Made by `make lock` from requirements.txt: what the package holds, for x86_64 and arm64. Do not edit.\n"


def canonical(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip_target(arch: Arch) -> list[str]:
    """The options with which pip looks for wheels of the target, and for nothing else."""
    platforms = [option for each in arch.platforms for option in ("--platform", each)]
    return [
        *("--only-binary=:all:", "--python-version", PYTHON),
        *("--implementation", "cp", "--abi", TAG, "--abi", "abi3", *platforms),
    ]


def pins(text: str) -> dict[str, str]:
    """Name → version of a requirements file. :raises BuildError: a line that pins nothing."""
    found = {}
    for raw in text.replace("\\\n", " ").splitlines():
        line = raw.partition("#")[0].partition("--hash")[0].strip()
        if not line:
            continue
        name, exact, version = line.partition("==")
        if not exact:
            raise BuildError(f"not pinned: {line}")
        found[canonical(name.partition("[")[0])] = version.strip()
    return found


def outdated(requirements: str, lock: str) -> list[str]:
    """What requirements.txt asks for and the lock has not."""
    locked = pins(lock)
    return [f"{name}=={version}" for name, version in pins(requirements).items() if locked.get(name) != version]


def resolve(arch: Arch) -> dict[tuple[str, str], set[str]]:
    """(name, version) → hashes of the wheels that pip would install for *arch*."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        command = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"),
            *("--disable-pip-version-check", "--report", str(report), "--target", directory),
            *(*pip_target(arch), "-r", str(REQUIREMENTS)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"pip finds no set of wheels for {arch.name}:\n{done.stderr[-2000:]}")
        return _wheels(json.loads(report.read_text(encoding="utf-8"))["install"])


def _wheels(installs: Iterable[Mapping[str, dict]]) -> dict[tuple[str, str], set[str]]:  # type: ignore[type-arg]
    return {
        (canonical(each["metadata"]["name"]), each["metadata"]["version"]): {
            each["download_info"]["archive_info"]["hashes"]["sha256"]
        }
        for each in installs
        if canonical(each["metadata"]["name"]) not in NOT_SHIPPED
    }


def merged(found: Iterable[Mapping[tuple[str, str], set[str]]]) -> str:
    """The lock file. :raises BuildError: the processors would get different versions."""
    together: dict[tuple[str, str], set[str]] = {}
    for each in found:
        for wheel, hashes in each.items():
            together.setdefault(wheel, set()).update(hashes)
    names = [name for name, _ in together]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BuildError(f"x86_64 and arm64 get different versions of {', '.join(twice)}")
    lines = [
        " \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{each}" for each in sorted(hashes))])
        for (name, version), hashes in sorted(together.items())
    ]
    return _HEAD + "\n".join(lines) + "\n"


def main() -> None:
    LOCK.write_text(merged(resolve(arch) for arch in ARCHS.values()), encoding="utf-8")
    print(LOCK)


if __name__ == "__main__":
    main()
