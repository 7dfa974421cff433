"""The command line: one module per kind of command, `main` for how they are run."""

from siei_match.cli.program import app, entry, main

__all__ = ["app", "entry", "main"]
