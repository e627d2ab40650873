"""Notebooks as Markdown: the one source of `starter.ipynb` and of those in `examples/`."""
