"""Acts on people that also move the board: bans, merges, teams, leaving."""
