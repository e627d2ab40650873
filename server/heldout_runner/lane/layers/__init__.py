"""A module for each family of layers; each says in `CONVERTERS` which classes it knows."""
