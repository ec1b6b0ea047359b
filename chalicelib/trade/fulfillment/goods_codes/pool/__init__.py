"""The pool: uploaded, sealed, counted."""
