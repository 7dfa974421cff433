"""What holds for every test: on how many examples a property is tried (`--hypothesis-profile`)."""
