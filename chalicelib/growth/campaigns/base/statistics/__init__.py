"""What a campaign brought and cost."""
