"""Freight templates: one partition, few enough to be read whole."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.trade.freight.rates.schemas import Charging, Rates, RegionRates
from chalicelib.trade.freight.rates.service import Tariff

TEMPLATE = "template"
MAX_TEMPLATES = 50


class FreightTemplate(Table):
    """How freight is counted, and what it costs where."""

    class Meta:
        table_name = table_name("freight_templates")

    kind = UnicodeAttribute(hash_key=True, default=TEMPLATE)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    charging = EnumAttribute(Charging)
    rules: DocumentAttribute[list[RegionRates]] = DocumentAttribute(list[RegionRates])
    default_rule: DocumentAttribute[Rates] = DocumentAttribute(Rates, null=True)
    """Of the regions that nothing names; null: no delivery there."""
    no_delivery: DocumentAttribute[list[str]] = DocumentAttribute(list[str])
    version = IntAttribute(default=1)
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    def tariff(self) -> Tariff:
        """Region by region, as the price step looks it up."""
        where: dict[str, Rates | None] = dict.fromkeys(self.no_delivery)
        for rule in self.rules:
            where.update(dict.fromkeys(rule.regions, rule))
        return Tariff(self.id, self.charging, where, self.default_rule)
