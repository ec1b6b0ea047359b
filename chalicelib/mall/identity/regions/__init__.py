"""Administrative regions of China: codes of GB/T 2260, shipped as data (data/SOURCE.md)."""
