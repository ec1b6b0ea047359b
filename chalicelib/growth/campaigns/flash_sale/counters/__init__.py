"""The counters that let buyers in: the only items that a rush writes."""
