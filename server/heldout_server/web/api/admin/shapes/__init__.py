"""The admin API's shapes, one noun a file."""
