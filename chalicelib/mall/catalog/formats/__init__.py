"""The documented files of the catalog: how a file's rows become what it says, and back. See docs/catalog-files.md."""
