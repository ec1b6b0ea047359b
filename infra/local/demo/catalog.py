"""What the demo shop knows of a product, and the line of the import file that says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product as every_pair
from typing import Any


@dataclass(frozen=True)
class Item:
    """A product. ``colors``: name → how it is painted; ``prices``: size → (price, struck-through price)."""

    code: str
    name: str
    category: str
    brand: str
    summary: str
    keywords: list[str]
    drawing: str
    scene: str
    accent: str
    colors: dict[str, str]
    prices: dict[str, tuple[int, int]]
    attributes: dict[str, str]
    description: str
    size_name: str = "规格"
    color_name: str = "颜色"
    unit: str = "件"
    stock: int = 60
    scarce: dict[tuple[str, str], int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    weight_grams: int = 800

    @property
    def specs(self) -> list[dict[str, Any]]:
        """The dimensions that give a choice."""
        found = [(self.color_name, list(self.colors)), (self.size_name, list(self.prices))]
        return [{"name": name, "values": values} for name, values in found if len(values) > 1]

    def skus(self, pictures: dict[str, str]) -> list[dict[str, Any]]:
        """Every cell of the matrix. *pictures*: color → address."""
        found = []
        for number, (color, size) in enumerate(every_pair(self.colors, self.prices), 1):
            values = [value for value, choice in ((color, self.colors), (size, self.prices)) if len(choice) > 1]
            price, market_price = self.prices[size]
            found.append(
                {
                    "values": values,
                    "price_amount": price,
                    "market_price_amount": market_price,
                    "stock": self.scarce.get((color, size), self.stock),
                    "code": f"{self.code}-{number:02d}",
                    "weight_grams": self.weight_grams,
                    "picture": pictures[color],
                }
            )
        return found

    def line(self, pictures: dict[str, str]) -> dict[str, Any]:
        """The product as a line of the import file. *pictures*: color → address."""
        return {
            "code": self.code,
            "name": self.name,
            "category": self.category,
            "brand": self.brand,
            "summary": self.summary,
            "keywords": self.keywords,
            "unit": self.unit,
            "pictures": list(pictures.values()),
            "specs": self.specs,
            "skus": self.skus(pictures),
            "attributes": [{"name": name, "value": value} for name, value in self.attributes.items()],
            "description": self.description,
            **self.limits,
        }
