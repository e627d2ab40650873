"""Makes the handbook: the pages of `docs/` with the reference that is read from the code."""
