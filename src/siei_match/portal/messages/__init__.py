"""What the page writes to its accounts: that a list is there, what waits; never a young person's name."""
