"""预售: a deposit now and the balance later, or all at once; the goods leave by a date. docs/algorithms/presale.md."""
