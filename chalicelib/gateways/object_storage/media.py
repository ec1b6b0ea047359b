"""Which files buyers may be shown, and how their first bytes give them away.

The signatures are those of the WHATWG MIME Sniffing Standard, sections 6.1 and 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024
FIRST_BYTES = 64

#: Major brands of ISO 14496-12 files that phones and mini programs play as MP4. QuickTime, HEIC and AVIF are not.
_MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
)


@dataclass(frozen=True)
class MediaType:
    """A kind of file that may be uploaded. ``kind`` and ``extension`` are part of its key; sizes are bytes."""

    content_type: str
    kind: str
    extension: str
    max_bytes: int


_ALL = (
    MediaType("image/jpeg", "image", "jpg", 5 * MEGABYTE),
    MediaType("image/png", "image", "png", 5 * MEGABYTE),
    MediaType("image/webp", "image", "webp", 5 * MEGABYTE),
    MediaType("image/gif", "image", "gif", 5 * MEGABYTE),
    MediaType("video/mp4", "video", "mp4", 50 * MEGABYTE),
)
BY_CONTENT_TYPE = {each.content_type: each for each in _ALL}
BY_EXTENSION = {each.extension: each for each in _ALL}


def sniff(first: bytes) -> MediaType | None:
    """What a file that begins with *first* (at least 12 bytes) really is; None when it is nothing allowed."""
    if first.startswith(b"\xff\xd8\xff"):
        return BY_EXTENSION["jpg"]
    if first.startswith(b"\x89PNG\r\n\x1a\n"):
        return BY_EXTENSION["png"]
    if first.startswith((b"GIF87a", b"GIF89a")):
        return BY_EXTENSION["gif"]
    if first[:4] == b"RIFF" and first[8:14] == b"WEBPVP":
        return BY_EXTENSION["webp"]
    if first[4:8] == b"ftyp" and first[8:12] in _MP4_BRANDS:
        return BY_EXTENSION["mp4"]
    return None
