"""Member day: days of the calendar that give members more."""
