"""The parts of a build that need no network: lock, pruning, byte code, the zip and what is checked of it.

The whole build fetches wheels, so it is ``make package``, not a test.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from infra.build import archive, check, precompile, tree
from infra.build.lock import LOCK, REQUIREMENTS, merged, outdated, pins, pip_target
from infra.build.target import ARCHS, BuildError
from infra.build.tree import SERVICES

X86, ARM = ARCHS["x86_64"], ARCHS["arm64"]
LOCKED = "one==1.0 \\\n    --hash=sha256:aa\ntwo-parts==2.0 \\\n    --hash=sha256:bb\n"


def write(root: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def elf(machine: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x03\0" + machine.to_bytes(2, "little") + b"\0" * 40


def wheel(name: str, version: str, tag: str = "py3-none-any") -> dict[str, bytes | str]:
    folder = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: of something else\n"
    return {f"{folder}/METADATA": metadata, f"{folder}/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n"}


def good(machine: int = 62) -> dict[str, bytes | str]:
    """A small package in which nothing is wrong."""
    return {
        "app.py": "",
        "chalicelib/wiring.py": "",
        "chalicelib/index.json": "{}",
        "one.py": "",
        "two/core.abi3.so": elf(machine),
        "two/part.cpython-313-x86_64-linux-gnu.so": elf(machine),
        **wheel("one", "1.0"),
        **wheel("Two_Parts", "2.0", "cp313-cp313-manylinux2014_x86_64"),
    }


def problems(tmp_path: Path, files: dict[str, bytes | str], *, compiled: bool = False) -> list[str]:
    path = tmp_path / "package.zip"
    archive.pack(write(tmp_path / "content", files), path)
    return list(check.package(path, X86, LOCKED, compiled=compiled))


class TestZip:
    def test_the_same_files_make_the_same_bytes(self, tmp_path: Path) -> None:
        files: dict[str, bytes | str] = {"b/two.py": "2", "a.py": "1", "b/one.py": "x" * 9000, "中.txt": "é"}
        first = write(tmp_path / "first", files)
        second = write(tmp_path / "second", dict(reversed(files.items())))
        for path in second.rglob("*"):
            os.utime(path, (time.time() - 86_400 * 400,) * 2)
        (second / "a.py").chmod(0o600)
        (second / "empty").mkdir()
        assert archive.pack(first, tmp_path / "1.zip") == archive.pack(second, tmp_path / "2.zip")
        with zipfile.ZipFile(tmp_path / "1.zip") as made:
            assert made.namelist() == ["a.py", "b/one.py", "b/two.py", "中.txt"]
            assert {entry.date_time for entry in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert {entry.external_attr >> 16 for entry in made.infolist()} == {0o644}

    def test_one_byte_more_is_another_package(self, tmp_path: Path) -> None:
        first, second = write(tmp_path / "1", {"a.py": "1"}), write(tmp_path / "2", {"a.py": "12"})
        assert archive.pack(first, tmp_path / "1.zip") != archive.pack(second, tmp_path / "2.zip")


class TestChecks:
    def test_a_good_package_passes(self, tmp_path: Path) -> None:
        assert problems(tmp_path, good()) == []

    @pytest.mark.parametrize(
        ("files", "told"),
        [
            ({"two/core.abi3.so": elf(183)}, "two/core.abi3.so is not for x86_64"),
            ({"two/part.cpython-311-x86_64-linux-gnu.so": elf(62)}, "is not for Python 3.13"),
            (wheel("pillow", "13.0.0", "cp313-cp313-linux_x86_64"), "built on a host"),
            (wheel("pytest", "9.2.0"), "pytest is not in the lock"),
            ({"tests/test_a.py": ""}, "does not belong there"),
            ({".env": ""}, "does not belong there"),
            ({"__pycache__/one.cpython-311.pyc": b""}, "byte code of another Python"),
        ],
    )
    def test_what_does_not_belong_is_told(self, tmp_path: Path, files: dict[str, bytes | str], told: str) -> None:
        assert any(told in each for each in problems(tmp_path, {**good(), **files}))

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("chalicelib/index.json", "chalicelib/index.json is missing"),
            ("one-1.0.dist-info/METADATA", "one is missing"),
        ],
    )
    def test_what_is_missing_is_told(self, tmp_path: Path, name: str, told: str) -> None:
        files = good()
        del files[name]
        assert told in problems(tmp_path, files)

    def test_another_version_is_told(self, tmp_path: Path) -> None:
        files = {**good(), "one-1.0.dist-info/METADATA": "Name: one\nVersion: 1.1\n\n"}
        assert problems(tmp_path, files) == ["one is 1.1, not 1.0"]

    def test_too_large_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(check.target, "MAX_ZIP", 100)
        monkeypatch.setattr(check.target, "MAX_UNZIPPED", 100)
        assert len(problems(tmp_path, good())) == 2

    def test_all_problems_are_raised_at_once(self) -> None:
        check.require([])
        with pytest.raises(BuildError, match="first\n  second"):
            check.require(["first", "second"])


class TestByteCode:
    def test_every_source_has_its_own_and_it_says_where_lambda_has_it(self, tmp_path: Path) -> None:
        """Made by this Python, which stands for the target's."""
        trees = [write(tmp_path / name, {"one.py": "def f():\n    return {1, 'a', None}\n"}) for name in ("x", "yy")]
        for each in trees:
            precompile.precompile(each, sys.executable)
        made = [next(each.rglob("*.pyc")).read_bytes() for each in trees]
        assert made[0] == made[1], "the place of the build shows"
        assert marshal.loads(made[0][16:]).co_filename == "/var/task/one.py"
        assert made[0][4] & 0b11 == 0b01  # by hash, not checked: the file system there is read-only

    def test_a_source_without_is_told(self, tmp_path: Path) -> None:
        caches = {"one": "__pycache__/one", "app": "__pycache__/app", "wiring": "chalicelib/__pycache__/wiring"}
        files = good() | {f"{path}.cpython-313.pyc": b"" for path in caches.values()}
        assert problems(tmp_path / "1", files, compiled=True) == []
        del files["chalicelib/__pycache__/wiring.cpython-313.pyc"]
        assert problems(tmp_path / "2", files, compiled=True) == ["not compiled: chalicelib/wiring.py and 0 more"]

    def test_a_source_that_does_not_compile_stops_the_build(self, tmp_path: Path) -> None:
        with pytest.raises(BuildError, match="could not compile"):
            precompile.precompile(write(tmp_path, {"one.py": "def"}), sys.executable)

    def test_only_the_targets_python_will_do(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        other = tmp_path / "python"
        other.write_text("#!/bin/sh\necho 3.9\n")
        other.chmod(0o755)
        monkeypatch.setenv("PYTHON313", str(other))
        with pytest.raises(BuildError, match=r"is not a Python 3\.13"):
            precompile.find_python()
        other.write_text("#!/bin/sh\necho 3.13\n")
        assert precompile.find_python() == str(other)

    def test_without_one_it_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PYTHON313", raising=False)
        monkeypatch.setattr(precompile, "_candidates", lambda: iter([sys.executable, "/no/such"]))
        monkeypatch.setattr(precompile, "_version", lambda python: "3.9")
        assert precompile.find_python() is None
        assert "PYTHON313=" in precompile.missing()


class TestPruning:
    def test_what_a_lambda_never_reads_goes(self, tmp_path: Path) -> None:
        gone = [
            "botocore/data/ec2/2016-11-15/service-2.json.gz",
            "boto3/data/ec2/resources.json",
            "chalice/cli/__init__.py",
            "bin/chalice",
            "one/tests/test_one.py",
            "one/__pycache__/a.pyc",
            "one/stub.pyi",
            "one-1.0.dist-info/RECORD",
        ]
        kept = [
            *(f"botocore/data/{name}/x/service-2.json.gz" for name in SERVICES),
            "botocore/data/endpoints.json",
            "botocore/data/partitions.json",
            "chalice/app.py",
            "one/testing.py",
            "one-1.0.dist-info/METADATA",
        ]
        tree.prune(write(tmp_path, dict.fromkeys([*gone, *kept], "")))
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert left == set(kept)

    def test_every_service_that_is_called_stays(self) -> None:
        from infra.build import calls

        called = {call.action.partition(":")[0] for call in calls.load()}
        assert called <= SERVICES, f"infra/build/tree.py prunes {called - SERVICES} away"

    def test_our_source_comes_without_its_caches(self, tmp_path: Path) -> None:
        tree.copy_source(tmp_path)
        assert (tmp_path / "chalicelib" / "index.json").exists()
        assert not list(tmp_path.rglob("__pycache__"))


class TestLock:
    def test_it_holds_what_requirements_ask_for(self) -> None:
        wanted, lock = (path.read_text(encoding="utf-8") for path in (REQUIREMENTS, LOCK))
        assert outdated(wanted, lock) == [], "make lock (it needs the network), and commit requirements.lock"
        assert lock.count("--hash=sha256:") >= lock.count("==")

    def test_no_tool_of_development_is_in_it(self) -> None:
        dev = pins(
            (REQUIREMENTS.parent / "requirements-dev.txt")
            .read_text(encoding="utf-8")
            .replace("-r requirements.txt", "")
        )
        assert not dev.keys() & pins(LOCK.read_text(encoding="utf-8")).keys()

    def test_reading(self) -> None:
        assert pins("A_b[x,y]==1.0 # why\n\n# c\nd==2 \\\n  --hash=sha256:aa\n") == {"a-b": "1.0", "d": "2"}
        assert outdated("a==1\nb==2\n", "a==1\nb==1\n") == ["b==2"]
        with pytest.raises(BuildError, match="not pinned: a>=1"):
            pins("a>=1")

    def test_both_processors_get_the_same_versions(self) -> None:
        text = merged([{("a", "1"): {"x"}}, {("a", "1"): {"y"}}])
        assert text.endswith("a==1 \\\n    --hash=sha256:x \\\n    --hash=sha256:y\n")
        with pytest.raises(BuildError, match="different versions of a"):
            merged([{("a", "1"): {"x"}}, {("a", "2"): {"y"}}])

    def test_pip_is_asked_for_wheels_of_the_target_only(self) -> None:
        asked = pip_target(ARM)
        assert "--only-binary=:all:" in asked
        assert all("aarch64" in value for name, value in pairwise(asked) if name == "--platform")

    def test_our_pip_knows_the_options(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--help"], capture_output=True, text=True, check=True
        )
        for option in {each for each in pip_target(X86) if each.startswith("--")} | {"--require-hashes", "--report"}:
            assert option.partition("=")[0] in done.stdout
