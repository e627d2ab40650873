"""Which differences between scores are more than luck: ties, ranges of ranks, steps. Pure.

Everything here works on the hidden examples that a board shows, and what leaves is about places:
`leaderboard.ties` keeps it and says what is told.
"""
