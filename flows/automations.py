"""Have somebody told by Prefect's automations: `python -m flows.automations URL`."""

from siei_match.flows.automations import main

if __name__ == "__main__":
    main()
