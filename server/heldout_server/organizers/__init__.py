"""Who runs the event: accounts with roles, their tokens, passwords and signed-in browsers."""
