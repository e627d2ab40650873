"""Runs one participant's model and hands back plain numbers. Imports nothing of the server."""
