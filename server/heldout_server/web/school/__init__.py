"""Signing in with the school: OpenID Connect, or a header of a proxy that has done it."""
