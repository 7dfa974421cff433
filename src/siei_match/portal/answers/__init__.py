"""Platforms' answers: a file is put down, understood, and only then kept."""
