"""WeChat is told what was shipped, in time."""
