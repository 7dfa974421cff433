"""`python -m siei_match.flows`: run, serve or deploy the campaign's flow, and tell somebody."""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from siei_match.reference.errors import SieiError

MISSING = (
    "Prefect is not installed: pip install 'siei-match[prefect]'. `siei run` needs none of it."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 1 where it cannot be done, 2 where they say nothing known."""
    parser = argparse.ArgumentParser(prog="python -m siei_match.flows", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    run = kinds.add_parser("run", help="run a campaign once, as a flow")
    run.add_argument("folder", type=Path, help="the campaign's folder")
    run.add_argument("output", type=Path, help="the output folder")
    kinds.add_parser("deployment", help="print prefect.yaml, to be written where one deploys from")
    for kind, words in (
        ("serve", "wait for the two runs of a year, in one process"),
        ("worker", "take up the runs of a work pool, our flow alone"),
        ("automations", "have somebody told by the server's automations"),
    ):
        kinds.add_parser(kind, help=words, add_help=False)
    given, others = parser.parse_known_args(arguments)
    if find_spec("prefect") is None:
        print(MISSING, file=sys.stderr)  # noqa: T201
        return 1
    try:
        _do(given, others)
    except SieiError as failure:
        print(f"{failure.what}\n{failure.remedy}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _do(given: argparse.Namespace, others: Sequence[str]) -> None:
    # Prefect takes seconds to import: only for what was asked.
    if given.kind == "serve":
        from siei_match.flows import serve

        serve.main(others)
    elif given.kind == "worker":
        from siei_match.flows import worker

        worker.main(others)
    elif given.kind == "automations":
        from siei_match.flows import automations

        automations.main(others)
    elif given.kind == "deployment":
        from siei_match.flows.schedule import declared_at

        print(declared_at().read_text("utf-8"), end="")  # noqa: T201
    else:
        from siei_match.flows.campagne import campagne
        from siei_match.flows.door import require_closed_api

        # Before Prefect speaks to the server, which it does before the flow begins.
        require_closed_api()
        campagne(given.folder, given.output)


if __name__ == "__main__":
    sys.exit(main())
