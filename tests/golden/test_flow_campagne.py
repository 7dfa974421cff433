"""The Prefect flow tells the same story: same bytes, one task a stage, nothing personal kept."""

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import polars as pl
import pytest

from siei_match.output.audit import read_entries
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.seat import user_name
from tests.deliveries import KEY, snapshot

ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "siei_match",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_API_AUTH_STRING": "siei:a-secret-of-this-test",
    "PREFECT_API_AUTH_STRING": "siei:a-secret-of-this-test",
    "LOGNAME": "dpo",
}

STEPS = "receive validate normalise link identify decide route publish".split()


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
    from siei_match.flows.campagne import campagne

    sortie = tmp_path_factory.mktemp("flow")
    for dossier in deliveries.values():
        campagne(dossier, sortie)
    return sortie


def test_the_flow_publishes_the_bytes_of_the_plain_run(flowed, published) -> None:
    expected, found = snapshot(published[0]), snapshot(flowed)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moteur", "memoire", "said"),
    [("processus", None, None), ("dask", None, None), ("threads", "0.3G", "laid in the staging folder")],
)  # fmt: skip
def test_engines_and_memory_given_to_the_flow_change_no_byte(
    home, deliveries, published, tmp_path, caplog, moteur, memoire, said
) -> None:
    from siei_match.flows.campagne import campagne

    if moteur == "dask":
        pytest.importorskip("distributed")
    with caplog.at_level(logging.INFO, "siei_match"):
        campagne(deliveries["2026-10"], tmp_path, moteur=moteur, memoire=memoire)
    expected, found = (snapshot(out / "campagnes/2026-10") for out in (published[0], tmp_path))
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
    assert said is None or said in caplog.text


def test_a_step_is_a_task(flowed) -> None:
    from prefect import get_client

    with get_client(sync_client=True) as client:
        names = [re.sub(r"-\w+$", "", run.name) for run in client.read_task_runs(limit=50)]
    assert sorted(names) == sorted(STEPS * 2)


def test_what_it_took_is_noted_as_after_a_plain_run(flowed) -> None:
    told = [json.loads(line) for line in (flowed / "memoire/executions.jsonl").open()]
    assert [run["campagne"] for run in told] == ["2026-10", "2027-03"]
    assert [etape["etape"] for etape in told[0]["etapes"]] == STEPS


def test_who_runs_it_is_asked_of_the_kernel(flowed) -> None:
    """Whoever starts a flow sets its variables: LOGNAME says another here."""
    acts = [entry for entry in read_entries(flowed) if entry.acte == "run"]
    assert {entry.par for entry in acts} == {user_name()}
    assert user_name() != "dpo"


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
    from siei_match.campaign.steps.link import link
    from siei_match.campaign.steps.publish import publish
    from siei_match.campaign.steps.receive import receive
    from siei_match.campaign.steps.validate import validate
    from siei_match.flows.campagne import as_task

    assert as_task(receive).retries == 2
    assert as_task(validate).retries == 2
    assert [as_task(step).retries for step in (link, publish)] == [0, 0]


def test_a_refused_delivery_fails_the_flow_at_once(home, tmp_path) -> None:
    from siei_match.flows.campagne import campagne
    from siei_match.reference.errors import DeliveryError

    with pytest.raises(DeliveryError):
        campagne(tmp_path / "absente", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_counts_are_shown_in_its_pages(flowed, published) -> None:
    from prefect import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

    with get_client(sync_client=True) as client:
        shown = {
            key: client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
            )
            for key in ("campagne-2027-03", "campagne-2027-03-comptes")
        }
    page, table = (str(artifacts[0].data) for artifacts in shown.values())
    comptes = published[1]["2027-03"].counts
    assert f"{comptes['sortants']:,} sortants" in page
    assert "| rejets |" in page
    assert f"siei release 2027-03 --sortie {flowed}" in page
    rows = {row["compte"]: row["nombre"] for row in json.loads(table)}
    assert rows == dict(comptes)


@pytest.mark.slow
def test_a_dry_flow_publishes_nothing(home, deliveries, published, tmp_path) -> None:
    from siei_match.flows.campagne import campagne

    told = campagne(deliveries["2026-10"], tmp_path / "out", dry=True, seuil_doute=0.3)
    assert told.keys() == published[1]["2026-10"].counts.keys()
    assert snapshot(tmp_path / "out") == {}


def test_a_flow_takes_up_one_that_stopped(
    home, deliveries, published, settings, tmp_path, monkeypatch
) -> None:
    """Whoever scheduled the first, whoever runs the second: the same staging."""
    from siei_match.campaign.story import run_campaign
    from siei_match.flows.campagne import campagne

    sortie = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("siei_match.campaign.steps.publish.place_staging", _refuse)
        with pytest.raises(OutputError):
            run_campaign(deliveries["2026-10"], sortie, settings, resume=True)
    campagne(deliveries["2026-10"], sortie, resume=True)
    assert _task_names(2) == ["publish", "receive"]
    of_campaign = {n: b for n, b in snapshot(sortie).items() if n.startswith("campagnes/2026-10")}
    first = snapshot(published[0])
    assert {n: b for n, b in first.items() if n.startswith("campagnes/2026-10")} == of_campaign


def _refuse(*_: object) -> None:
    raise OutputError("The disk is full.", remedy="Free some space.")


def _task_names(limit: int) -> list[str]:
    from prefect import get_client
    from prefect.client.schemas.sorting import TaskRunSort

    with get_client(sync_client=True) as client:
        runs = client.read_task_runs(sort=TaskRunSort.EXPECTED_START_TIME_DESC, limit=limit)
    return sorted(re.sub(r"-\w+$", "", run.name) for run in runs)


def test_the_automations_are_made_once(home) -> None:
    from prefect import get_client

    from siei_match.flows.automations import AUTOMATIONS, LOST, make_automations, make_block

    for _ in range(2):
        make_automations(make_block("http://127.0.0.1:9/"))
    names = (*AUTOMATIONS, LOST)
    with get_client(sync_client=True) as client:
        found = {name: client.read_automations_by_name(name) for name in names}
    assert {name: len(made) for name, made in found.items()} == dict.fromkeys(names, 1)
    assert all(made[0].enabled for made in found.values())


def test_a_lost_run_is_closed_after_a_few_of_its_signs_of_life_were_missed(home) -> None:
    from siei_match.flows.automations import SILENCE
    from siei_match.flows.schedule import read_deployment

    environment = read_deployment()["work_pool"]["job_variables"]["env"]
    between = timedelta(seconds=int(environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]))
    assert 3 * between < SILENCE < timedelta(minutes=5)


def test_every_option_of_what_is_served_fills_a_parameter_of_the_flow(home) -> None:
    """A name that the flow does not know would be refused in March, by nobody's eyes."""
    from siei_match.flows.campagne import campagne
    from siei_match.flows.serve import make_deployment, read_options

    given, active = read_options(
        "--dossier d --sortie s --settings r.toml --resume --active".split()
    )
    assert active
    assert given.keys() == {"dossier", "sortie", "settings_file", "resume"}
    assert read_options("--reglages r.toml --reprendre --actif".split()) == (
        {name: given[name] for name in ("settings_file", "resume")},
        True,
    )
    made = make_deployment(given, active=False)
    assert set(made.parameters) <= set(campagne.parameters.properties)


def test_the_schedule_is_twice_a_year_in_paris_and_inactive() -> None:
    from siei_match.flows.schedule import next_dates, read_deployment

    deployment = read_deployment()
    assert deployment["entrypoint"] == "siei_match.flows.campagne.campagne"
    assert [schedule["active"] for schedule in deployment["schedules"]] == [False]
    limit = deployment["concurrency_limit"]
    assert (limit["limit"], limit["collision_strategy"]) == (1, "CANCEL_NEW")
    found = [day.isoformat() for day in next_dates(datetime(2026, 9, 1, tzinfo=UTC))]
    # In October Paris is still in summer time, in March not yet.
    assert found == [
        "2026-10-20T06:00:00+02:00",
        "2027-03-20T06:00:00+01:00",
        "2027-10-20T06:00:00+02:00",
        "2028-03-20T06:00:00+01:00",
    ]


@pytest.mark.parametrize("actif", [False, True])
def test_what_is_served_is_what_is_declared(home, actif) -> None:
    from siei_match.flows.serve import make_deployment

    made = make_deployment({"sortie": "/srv/siei"}, active=actif)
    assert [(s.schedule.cron, s.schedule.timezone, s.active) for s in made.schedules] == [
        ("0 6 20 3,10 *", "Europe/Paris", actif)
    ]
    assert made.parameters == {"dossier": "sample_data/{campagne}", "sortie": "/srv/siei"}
    assert made.concurrency_limit == 1
    assert made.concurrency_options.collision_strategy == "CANCEL_NEW"


@pytest.mark.parametrize(
    ("scheduled", "folder"),
    [
        (datetime(2026, 10, 20, 4, tzinfo=UTC), "recus/2026-10"),
        # Midnight in Paris comes first.
        (datetime(2027, 2, 28, 23, 30, tzinfo=UTC), "recus/2027-03"),
    ],
)
def test_the_folder_is_that_of_the_month_of_the_schedule(home, scheduled, folder) -> None:
    from siei_match.flows.campagne import name_folder

    assert name_folder(Path("recus/{campagne}"), scheduled) == Path(folder)
    assert name_folder(Path("recus/2026-10"), scheduled) == Path("recus/2026-10")


class Open(BaseHTTPRequestHandler):
    """An API of Prefect as its server stands without a password: it answers everybody."""

    answer = 200

    def do_POST(self) -> None:
        self.send_response(self.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


class Closed(Open):
    answer = 401


@contextmanager
def api(kind: type[Open]) -> Iterator[None]:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with HTTPServer(("127.0.0.1", 0), kind) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{server.server_port}/api"}):
            yield
        server.shutdown()


def _run_plainly() -> None:
    from siei_match.flows.campagne import campagne

    campagne.fn(Path("absente"), Path("sortie"))


def _main(kind: str, *arguments: str) -> Callable[[], None]:
    return lambda: import_module(f"siei_match.flows.{kind}").main(arguments)


@pytest.mark.parametrize(
    "start",
    [
        _run_plainly,
        _main("serve"),
        _main("worker", "--once"),
        _main("automations", "http://127.0.0.1:1"),
    ],
    ids=["the flow", "serve", "worker", "automations"],
)
def test_nothing_of_ours_starts_against_an_api_without_a_password(home, start) -> None:
    with api(Open), pytest.raises(SettingsError, match="without a password"):
        start()


def test_a_closed_api_is_taken_and_a_dead_one_is_told(home) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from siei_match.flows.door import require_closed_api

    with api(Closed):
        require_closed_api()
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}),
        pytest.raises(SettingsError, match="does not answer"),
    ):
        require_closed_api()


def test_the_server_that_prefect_starts_by_itself_has_a_password_of_this_process(
    home, monkeypatch
) -> None:
    from prefect.settings import get_current_settings

    from siei_match.flows.door import close_own_server

    for name in ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"):
        monkeypatch.delenv(name)
    close_own_server()
    told = {os.environ[f"PREFECT_{who}API_AUTH_STRING"] for who in ("", "SERVER_")}
    assert len(told) == 1
    assert len(told.pop()) > 40
    assert get_current_settings().api.url


def test_a_stranger_gets_nothing_from_the_server_of_a_run(home) -> None:
    import httpx
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    deployment = {"name": "mine", "pull_steps": [{"run_shell_script": {"script": "id"}}]}
    asked = {"deployments/": deployment, "deployments/filter": {}, "flow_runs/filter": {}}
    assert {httpx.post(f"{url}/{path}", json=body).status_code for path, body in asked.items()} == {
        401
    }


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, None),
        ({"entrypoint": "flows/campagne.py:campagne"}, None),
        ({"entrypoint": "/tmp/evil.py:campagne"}, "other code"),  # noqa: S108
        (
            {"pull_steps": [{"prefect.deployments.steps.run_shell_script": {"script": "id"}}]},
            "steps of its own",
        ),
        (
            {
                "pull_steps": [
                    {"prefect.deployments.steps.set_working_directory": {"directory": "/"}}
                ]
            },
            None,
        ),
        ({"command": "sh -c id"}, "a command"),
        ({"env": {"LD_PRELOAD": "/tmp/evil.so"}}, "variables"),  # noqa: S108
        ({"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}}, None),
        ({"working_dir": "/tmp"}, "a working folder"),  # noqa: S108
    ],
)
def test_the_worker_takes_our_deployment_and_no_other(home, changed, told) -> None:
    from prefect.workers.process import ProcessJobConfiguration

    from siei_match.flows.worker import ENTRYPOINT, require_ours

    asked = {"entrypoint": ENTRYPOINT, "pull_steps": None} | changed
    job = {name: asked.pop(name) for name in ("command", "env", "working_dir") if name in asked}
    configuration = ProcessJobConfiguration(**job)
    configuration._command_configured = configuration.command is not None
    with pytest.raises(SettingsError, match=told) if told else nullcontext():
        require_ours(SimpleNamespace(**asked), configuration)  # type: ignore[arg-type]


def test_the_worker_refuses_a_run_without_a_deployment(home) -> None:
    from prefect.workers.process import ProcessJobConfiguration

    from siei_match.flows.worker import require_ours

    with pytest.raises(SettingsError, match="other code"):
        require_ours(None, ProcessJobConfiguration())
