"""Money comes into the wallet by WeChat Pay."""
