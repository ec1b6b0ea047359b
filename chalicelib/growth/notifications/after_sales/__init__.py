"""What becomes of after-sales is told to their buyer."""
