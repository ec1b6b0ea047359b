"""URL Links: a link opened from outside of WeChat."""
