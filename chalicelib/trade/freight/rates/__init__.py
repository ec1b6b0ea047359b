"""The arithmetic of freight: units, amounts, regions."""
