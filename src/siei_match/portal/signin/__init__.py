"""Coming in and going out: accounts, passwords, sessions, the provider of identities."""
