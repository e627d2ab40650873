"""Who takes part, who organizes: accounts, names, teams, roster, tokens, and acts on them."""
