"""The kernel: seven small mechanisms and no business word. See docs/architecture.md."""
