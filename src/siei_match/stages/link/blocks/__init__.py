"""Candidate pairs: the blocking passes."""
