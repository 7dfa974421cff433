"""What the linkage has wrong, estimated on the run's own data."""
