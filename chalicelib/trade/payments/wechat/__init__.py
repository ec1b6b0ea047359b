"""WeChat Pay as a tender, and its notices."""
