"""Five evenings on one server, one for each kind of contest; see `__main__`."""
