"""Wait for the two runs of a year, in one process: `python -m flows.serve --help`."""

from siei_match.flows.serve import main

if __name__ == "__main__":
    main()
