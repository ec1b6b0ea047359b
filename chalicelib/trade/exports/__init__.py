"""What trade gives to exports (mall/exports): its kinds of files, each with its columns."""
