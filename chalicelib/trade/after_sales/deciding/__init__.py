"""Staff, or time, decide; the buyer appeals."""
