from siei_match.cli.program import entry

entry()
