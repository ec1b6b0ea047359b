"""How the start is told: one line a step, figures in place, nothing else on the screen."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.demo.seed import Shop
    from infra.local.laptop import Laptop

_NAME_WIDTH = 12


def yuan(fen: int) -> str:
    """``¥299.00``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100}.{abs(fen) % 100:02d}"


def padded(text: str, width: int) -> str:
    """*text* filled up to *width* columns; a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(0, width - taken)


@dataclass
class Teller:
    """Prints the story. *started*: when the program began, of the monotonic clock."""

    started: float
    step: int = 0

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def fact(self, name: str, text: str) -> None:
        """A line outside of the numbered story."""
        print(f"     {padded(name, _NAME_WIDTH)} {text}", flush=True)

    def tell(self, name: str, text: str) -> None:
        """The next step."""
        self.step += 1
        print(f"  {self.step:>2} {padded(name, _NAME_WIDTH)} {text}", flush=True)

    def more(self, text: str) -> None:
        """What belongs to the step before."""
        print(f"     {padded('', _NAME_WIDTH)} {text}", flush=True)

    @contextmanager
    def timed(self) -> Iterator[list[float]]:
        """Seconds that the block took, in the list that it gives."""
        begun = time.monotonic()
        took: list[float] = []
        yield took
        took.append(time.monotonic() - begun)

    def opening(self, mall: Laptop, database: str, directory: Path) -> None:
        """What runs now."""
        held = "moto, in memory" if database == "moto" else f"dynoxide, kept in {directory / 'mall.db'}"
        self.title("Siyu on this machine")
        self.fact("API", f"{mall.url}   up after {time.monotonic() - self.started:.1f} s")
        self.fact("partners", f"{mall.partners.control_url}   WeChat, WeChat Pay and Kuaidi100, played strictly")
        self.fact("cloud", f"made from infra/aws/data.yaml ({held})")
        jobs, queues = len(mall.runner.schedules.names()), len(mall.runner.consumers)
        self.fact("running", f"{queues} queue consumers, {jobs} schedules")

    def invitation(self, mall: Laptop, shop: Shop, buyer: str) -> None:
        """What a person can do now."""
        self.title(f"Ready after {time.monotonic() - self.started:.1f} s. Yours until Ctrl-C:")
        self.fact("API", mall.url)
        self.fact("reference", f"{mall.url}/docs")
        self.fact("partners", f"{mall.partners.control_url}   pay, refuse, move parcels, confirm receipt, break things")
        self.fact("staff", f"{shop.username} / {shop.password}   POST /admin/sessions")
        self.fact("buyer token", buyer)
        print("\n  Try:\n")
        for command in _commands(mall.url, buyer, shop):
            print(f"{command}\n")


def _commands(url: str, buyer: str, shop: Shop) -> list[str]:
    """Three that work as they are: search, what the buyer has bought, the staff's login."""
    login = f'{{"username": "{shop.username}", "password": "{shop.password}"}}'
    asked = (
        f"-G {url}/products --data-urlencode 'keyword=毛巾'",
        f"{url}/orders -H 'Authorization: Bearer {buyer}'",
        f"{url}/admin/sessions -H 'Content-Type: application/json' -d '{login}'",
    )
    return [f"curl -s {each} | python3 -m json.tool --no-ensure-ascii" for each in asked]
