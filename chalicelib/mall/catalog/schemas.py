"""Field types that categories, brands and products share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

TEXT = r"^[^\x00-\x1f\x7f]*$"
PARAGRAPHS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\w[\w\-.:#]*$")]
"""The merchant's own code of a thing: letters (Chinese too), digits, ``- _ . : #``."""
Picture = Annotated[str, Field(min_length=8, max_length=500, pattern=r"^https?://[^\s\x00-\x1f\x7f\"'<>\\^`{|}]+$")]
"""The address of a picture or video."""
Summary = Annotated[str, Field(max_length=200, pattern=TEXT)]
Sort = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
"""Smaller comes first."""
