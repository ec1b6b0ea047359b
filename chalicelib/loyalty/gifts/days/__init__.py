"""The calendar: whose birthday and whose anniversary a day is, without looking at everybody."""
