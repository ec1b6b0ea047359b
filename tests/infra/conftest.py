"""The app stack's template, which takes a run of Chalice to make: once."""

from __future__ import annotations

from typing import Any

import pytest

CONSOLE = "https://console.example.cn"


@pytest.fixture(scope="session")
def app_document() -> dict[str, Any]:
    """Of prod, with a console. Not to be changed."""
    from dataclasses import replace

    from infra.build import stages, template

    found = stages.load("prod")
    stage = replace(found, parameters={**found.parameters, "ConsoleOrigin": CONSOLE})
    return template.app_template(stage, stage.arch)
