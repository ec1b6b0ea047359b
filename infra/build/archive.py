"""The zip: the same files make the same bytes."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip knows
_MODE = 0o644 << 16


def pack(tree: Path, target: Path) -> str:
    """Zip *tree* in order of names, without times, owners and links.

    :returns: the SHA-256 of the archive.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(tree.rglob("*"), key=lambda each: each.relative_to(tree).as_posix()):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _EPOCH)
                entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
                entry.create_system = 3  # Unix, also when a Mac or Windows builds
                archive.writestr(entry, path.read_bytes(), compresslevel=9)
    return digest(target)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
