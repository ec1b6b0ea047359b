"""The app stack's template, which takes a run of Chalice to make: once."""

from __future__ import annotations

from typing import Any

import pytest

CONSOLE = "https://console.example.cn"


@pytest.fixture(scope="session")
def app_document() -> dict[str, Any]:
    """Of prod, with a console. Not to be changed."""
    from infra.build import stages, template
    from infra.build.target import ARCHS

    found = stages.load("prod")
    stage = stages.Stage("prod", found.region, {**found.parameters, "ConsoleOrigin": CONSOLE}, found.settings)
    return template.app_template(stage, ARCHS["x86_64"])
