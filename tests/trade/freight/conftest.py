"""Files that bring products in and out, as the catalog's tests have them."""

from tests.mall.catalog.conftest import bring, importer, taken_out, uploaded

__all__ = ["bring", "importer", "taken_out", "uploaded"]
