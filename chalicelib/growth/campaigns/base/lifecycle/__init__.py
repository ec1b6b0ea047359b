"""The life of a campaign: scheduled, opened, closed, stopped; its stock set aside and given back."""
