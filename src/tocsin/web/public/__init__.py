"""The resident's page: one place, its state, what to do. No account, and it works with script off."""
