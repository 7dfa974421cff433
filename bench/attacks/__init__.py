"""The numbered attacks of SECURITY.md, played: `python -m bench.attacks [N …]`."""
