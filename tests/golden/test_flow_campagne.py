"""The Prefect flow tells the same story: same bytes, one task a stage, nothing personal kept."""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.deliveries import KEY, snapshot

pytestmark = pytest.mark.xdist_group("prefect")

ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "siei_match",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Prefect of our own, with its server and its database, for this module."""
    folder = tmp_path_factory.mktemp("prefect")
    before = dict(os.environ)
    journal = logging.getLogger("siei_match")
    state = (journal.handlers[:], journal.level, journal.propagate)
    os.environ.update(ENVIRONMENT | {"PREFECT_HOME": str(folder)})
    # Prefect reads its settings as it is imported.
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield folder
    # Prefect's handlers would follow every later test of this process.
    journal.handlers[:], journal.level, journal.propagate = state
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def flowed(home, deliveries, tmp_path_factory) -> Path:
    from flows.campagne import campagne

    sortie = tmp_path_factory.mktemp("flow")
    for dossier in deliveries.values():
        campagne(dossier, sortie)
    return sortie


def test_the_flow_publishes_the_bytes_of_the_plain_run(flowed, published) -> None:
    expected, found = snapshot(published[0]), snapshot(flowed)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_a_stage_is_a_task(flowed) -> None:
    from prefect import get_client

    with get_client(sync_client=True) as client:
        names = [re.sub(r"-\w+$", "", run.name) for run in client.read_task_runs(limit=50)]
    stages = ["receive", "validate", "normalise", "link", "decide", "route", "publish"]
    assert sorted(names) == sorted(stages * 2)


def test_prefect_keeps_no_name(home, flowed) -> None:
    listes = pl.read_parquet(flowed / "campagnes/*/listes/*/liste.parquet", hive_partitioning=False)
    personal = {
        value.encode()
        for column in ("nom_naissance", "ine", "courriel", "id_signalement", "adresse")
        for value in listes[column].drop_nulls()
        if len(value) > 5
    }
    assert personal
    personal.add(KEY.encode())
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    kept += [path.read_bytes() for path in _databases()]
    assert kept
    assert [value for value in personal if any(value in content for content in kept)] == []


def _databases() -> list[Path]:
    """Return the files of the test harness's own database, wherever it puts it."""
    from prefect.settings import get_current_settings

    url = str(get_current_settings().server.database.connection_url.get_secret_value())
    base = Path(url.partition("///")[2])
    return [path for path in base.parent.glob(f"{base.name}*") if path.is_file()]


def test_only_a_passing_trouble_is_tried_again() -> None:
    from flows.campagne import as_task
    from siei_match import steps

    assert as_task(steps.receive).retries == 2
    assert as_task(steps.validate).retries == 2
    assert [as_task(step).retries for step in (steps.link, steps.publish)] == [0, 0]


def test_a_refused_delivery_fails_the_flow_at_once(home, tmp_path) -> None:
    from flows.campagne import campagne
    from siei_match.errors import DeliveryError

    with pytest.raises(DeliveryError):
        campagne(tmp_path / "absente", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_schedule_is_inactive_and_twice_a_year() -> None:
    import yaml

    root = Path(__file__).parents[2]
    deployment = yaml.safe_load((root / "prefect.yaml").read_text("utf-8"))["deployments"][0]
    assert deployment["entrypoint"] == "flows/campagne.py:campagne"
    schedule = deployment["schedules"][0]
    assert schedule["active"] is False

    from datetime import UTC, datetime

    from prefect.server.schemas.schedules import CronSchedule

    cron = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
    from anyio import run

    found = run(cron.get_dates, 4, datetime(2026, 9, 1, tzinfo=UTC))
    days = [(day.month, day.day, day.hour) for day in found]
    assert days == [(10, 5, 6), (3, 5, 6), (10, 5, 6), (3, 5, 6)]
