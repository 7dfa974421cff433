"""Clerks' judgements on the pairs in doubt."""
