"""The numbers of docs/performance.md, measured again: ``make bench``."""
