"""The mall: people, goods, what is shown."""
