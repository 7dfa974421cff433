"""Tell somebody when a run failed, was lost, is held back or is ready, and close a lost run.

`python -m siei_match.flows automations URL`.

URL receives a POST of JSON, `{"text": …}`, as chats and relays to mail take it. Prefect keeps it
in its database: use one without a secret in it (a relay on the same machine), or make a
notification block of another kind yourself and name it: `--block slack-webhook/equipe`.
Running this again replaces what it made.
"""

import argparse
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from prefect.automations import Automation
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import EventTrigger, Posture

from siei_match.flows.door import require_closed_api
from siei_match.flows.report import HELD_BACK, PREPARED

BLOC: Final = "siei"
OURS: Final = {"prefect.resource.role": "flow", "prefect.resource.name": "campagne"}
ENDS: Final = {f"prefect.flow-run.{end}" for end in ("Completed", "Failed", "Crashed", "Cancelled")}
HEARTBEAT: Final = "prefect.flow-run.heartbeat"
SILENCE: Final = timedelta(seconds=120)
"""Four heartbeats: a run that says nothing for so long has lost its process or its machine."""
LONGEST: Final = timedelta(hours=6)
"""A national campaign takes minutes: a run without an end after this waits for something."""
RUN: Final = "{{ flow_run.name }}: {{ flow_run.state.message }}"
TOLD: Final = "{{ event.payload.resume }}\n{{ event.payload.gardes }}"

AUTOMATIONS: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "siei: run failed": (
        {
            # Cancelled: by a person, or because another run, maybe a lost one, held the place.
            "expect": {
                f"prefect.flow-run.{bad}" for bad in ("Failed", "Crashed", "Late", "Cancelled")
            },
            "match_related": OURS,
        },
        "siei: the run is {{ flow_run.state.name }}, nothing that stood there changed",
        RUN,
    ),
    "siei: run without an end": (
        {
            "after": {"prefect.flow-run.Running"},
            "expect": ENDS,
            "posture": Posture.Proactive,
            "within": LONGEST,
            "match_related": OURS,
        },
        "siei: a run began and did not end",
        "Look at the machine that runs the campaign.",
    ),
    "siei: campaign held back": (
        {"expect": {HELD_BACK}},
        "siei: a gate holds the campaign back",
        TOLD,
    ),
    "siei: campaign ready": ({"expect": {PREPARED}}, "siei: a campaign may be released", TOLD),
}


LOST: Final = "siei: lost run closed"
"""The automation that makes a run *crashed* which gives no sign of life, as Prefect documents it
(docs.prefect.io, "detect zombie flows"): what tells of crashed runs does the rest, once."""


def make_automations(bloc: UUID) -> list[str]:
    """Make the automations that notify through a block, in place of those of the same name."""
    with get_client(sync_client=True) as client:
        for name in (*AUTOMATIONS, LOST):
            for former in client.read_automations_by_name(name):
                client.delete_automation(former.id)
    close_lost_runs().create()
    for name, (told, subject, body) in AUTOMATIONS.items():
        proactive = told.get("posture") == Posture.Proactive
        trigger = EventTrigger(
            **{"posture": Posture.Reactive, "threshold": 1, "for_each": {"prefect.resource.id"}}
            | ({} if proactive else {"within": timedelta(0)})
            | told
        )
        action = SendNotification(block_document_id=bloc, subject=subject, body=body)
        Automation(name=name, trigger=trigger, actions=[action]).create()
    return [LOST, *AUTOMATIONS]


def close_lost_runs() -> Automation:
    """Return the automation that closes a run without heartbeats; its slot is free again then."""
    trigger = EventTrigger(
        after={HEARTBEAT},
        expect={HEARTBEAT, *ENDS},
        match_related=OURS,
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=SILENCE,
    )
    message = f"No sign of life for {SILENCE.seconds} seconds: its process or its machine is gone."
    crashed = ChangeFlowRunState(state=StateType.CRASHED, message=message)
    return Automation(name=LOST, trigger=trigger, actions=[crashed])


def make_block(url: str) -> UUID:
    """Make the block that posts to `url`, in place of the one of before."""
    block = CustomWebhookNotificationBlock(
        name=BLOC, url=url, json_data={"text": "{{subject}}\n{{body}}"}
    )
    return UUID(str(block.save(BLOC, overwrite=True)))


def find_block(name: str) -> UUID:
    """Return the block that its owner made: `kind/name`."""
    block = Block.load(name)
    assert isinstance(block, Block)  # noqa: S101 - a coroutine inside a loop only
    return UUID(str(block._block_document_id))


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the block and the automations on the server of PREFECT_API_URL."""
    parser = argparse.ArgumentParser(
        prog="python -m siei_match.flows automations", description=__doc__
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("url", nargs="?", help="where notifications are posted")
    where.add_argument(
        "--block", "--bloc", help="a notification block that stands there: kind/name"
    )
    given = parser.parse_args(arguments)
    require_closed_api()
    made = make_automations(find_block(given.block) if given.block else make_block(given.url))
    print("\n".join(made))  # noqa: T201


if __name__ == "__main__":
    main()
