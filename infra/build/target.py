"""What is built for: one Python, two processors, the limits that AWS sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
AWS = ROOT / "infra" / "aws"
OUT = ROOT / "build"
PYTHON = "3.13"
RUNTIME = f"python{PYTHON}"
TAG = "cp" + PYTHON.replace(".", "")
STAGES = ("dev", "test", "prod")
OVERLAYS = {"app.yaml", "http.yaml"}  # laid over Chalice's template; no stacks of their own
#: Python 3.13 on Lambda is Amazon Linux 2023: glibc 2.34.
MANYLINUX = ("manylinux_2_34", "manylinux_2_28", "manylinux2014")

MEGABYTE = 1_000_000
MAX_UNZIPPED = 250 * 1024 * 1024  # Lambda's
MAX_ZIP = 45 * MEGABYTE  # ours: what uploads in a minute, and under the 50 MB of a direct upload
MAX_TEMPLATE = 900_000  # CloudFormation's is 1 MiB, also for what the SAM transform makes of it
MAX_RESOURCES = 450  # CloudFormation's is 500, after the transform
MAX_PATH_NODES = 300  # API Gateway's default quota of resources in one API
MAX_ENVIRONMENT = 4096  # Lambda's, of a function's variables together


class BuildError(Exception):
    """The package would not be what it should be; the message says what to do."""


@dataclass(frozen=True)
class Arch:
    """A processor, as Lambda and as wheels call it."""

    name: str
    machine: str

    @property
    def platforms(self) -> list[str]:
        """The wheel platforms that run there, the newest first."""
        return [f"{each}_{self.machine}" for each in MANYLINUX]


ARCHS = {each.name: each for each in (Arch("x86_64", "x86_64"), Arch("arm64", "aarch64"))}
