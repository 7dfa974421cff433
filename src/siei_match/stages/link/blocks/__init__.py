"""Candidate pairs: the blocking passes, and recordlinkage's extension points."""
