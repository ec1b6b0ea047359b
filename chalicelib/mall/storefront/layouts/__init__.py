"""The first screen's own page: blocks that staff arrange, for the mall or a store. See docs/algorithms/stores.md."""
