"""Rows as the linkage reads them: one record per distinct set of traits, coded words and sounds."""
