"""How commands fail: in JSON with a code, by signals, and when what they did cannot be told."""

import json
import os
import runpy
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from siei_match.cli import failing
from siei_match.cli.options import UnsaidError, say
from siei_match.cli.program import main
from siei_match.reference.error_codes import CODES
from siei_match.reference.errors import SettingsError
from siei_match.reference.extras import EXTRAS, require_extra
from siei_match.reference.failures import explain

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_journal() -> Iterator[None]:
    yield
    failing.listen_to([])


@pytest.mark.parametrize(
    ("arguments", "outcome", "code"),
    [
        (("run", "nowhere", "--sortie", "out", "--journal", "json"), 1, "livraison"),
        (("check", "empty", "--journal=json"), 1, "declaration"),
        (("run", "--journal", "json"), 2, "usage"),
        (("run", "nowhere", "--sortie", "out", "--journal", "json", "--taux-rejet-max", "beaucoup"),
         2, "usage"),
    ],
)  # fmt: skip
def test_a_failure_is_a_line_of_json_with_a_code(
    arguments: tuple[str, ...], outcome: int, code: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    assert main(arguments) == outcome
    *before, last = capsys.readouterr().err.splitlines()
    told = json.loads(last)
    assert (told["niveau"], told["code"]) == ("ERROR", code)
    assert told["message"]
    assert told["remede"]
    assert all(json.loads(line)["niveau"] for line in before)
    assert "beaucoup" not in last, "what was typed may be a name"


def test_what_an_error_speaks_of_is_data_too() -> None:
    failing.listen_to(["--journal", "json"])
    error = SettingsError("a", remedy="b", code="guillemet", ligne=12)
    told = json.loads(failing.word_failure(error.what, error.remedy, error.code, error.found))
    assert (told["code"], told["details"]) == ("guillemet", {"ligne": 12})


def test_without_json_a_failure_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere", "--journal", "texte"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("siei: nowhere: ")
    assert said.count("\n") == 2


def test_every_code_is_listed_and_used() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "make_erreurs.py"))
    made = {error.code for error in tool["find_errors"]()} - {tool["TOLD"]}
    assert made <= set(CODES)
    # Made of no error of its own: the command line's, the system's, what Python raises, classes.
    elsewhere = {"usage", "interruption", "non_dit", "disque_plein", "droits", "machine", "defaut",
                 "refus", "personne", "erreur", "moteur"}  # fmt: skip
    assert set(CODES) - made <= elsewhere


@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_is_told_by_its_name(kind: str) -> None:
    program = (
        "import os, signal, sys\n"
        # Whatever started the tests may ignore it (nohup), and children inherit that.
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from siei_match.cli import program, failing\n"
        "program.listen_to_signals()\n"
        "failing.listen_to(['--journal', 'json'])\n"
        f"os.kill(os.getpid(), signal.{kind})\n"
        "signal.pause()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    told = json.loads(ended.stderr)
    assert (ended.returncode, told["code"], told["details"]) == (
        1,
        "interruption",
        {"signal": kind},
    )
    assert "Nothing that stood there changed" in told["remede"]


def test_nohup_is_respected() -> None:
    program = (
        "import os, signal\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from siei_match.cli import program\n"
        "program.listen_to_signals()\n"
        "os.kill(os.getpid(), signal.SIGHUP)\n"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_what_was_put_in_place_before_the_signal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import siei_match.output as store

    monkeypatch.setattr(store, "placed", lambda: ("out/campagnes/2026-10",))
    said = failing.word_interruption(signal.SIGTERM)
    assert "out/campagnes/2026-10" in said
    assert "Nothing" not in said
    assert "finishes it" in failing.word_interruption(signal.SIGTERM, unfinished=True)


def test_work_that_is_done_and_cannot_be_told_is_not_a_failed_run() -> None:
    """`siei run … > /dev/full`: what was put in place stands, and the exit code is neither 0 nor 1."""
    delivery = ROOT / "sample_data" / "2026-10"
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "siei_match", "check", delivery, "--journal", "json"],
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    told = json.loads(ended.stderr.splitlines()[-1])
    assert (ended.returncode, told["code"]) == (3, "non_dit")
    assert "No space left" in told["message"]
    assert "nothing" not in ended.stderr.lower()


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_that_nobody_can_read_says_so(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "siei_match", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert ended.returncode == 3
    assert "standard output" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


def test_a_full_standard_output_is_no_failure_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(UnsaidError):
            say(["placed"])
        monkeypatch.undo()
        # What Python holds for it would fail again as the file is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


def test_only_what_is_known_to_be_untouched_is_said_to_be() -> None:
    failure = OSError(28, "No space left on device", "out/x")
    assert "nothing" not in explain(failure).remedy
    assert "nothing that stood there changed" in explain(failure, untouched=True).remedy
    assert explain(failure).code == "disque_plein"
    assert explain(PermissionError(13, "Permission denied", "out")).code == "droits"


def test_the_package_is_a_program() -> None:
    asked = [sys.executable, "-m", "siei_match", "--version"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def test_extras_are_those_of_the_package() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(EXTRAS) <= set(declared["optional-dependencies"])
    for extra, modules in EXTRAS.items():
        names = {
            line.partition(">")[0].strip() for line in declared["optional-dependencies"][extra]
        }
        alike = {name.replace("-", "_").removesuffix("_cffi") for name in names}
        assert alike == set(modules), extra


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("portal", ("portal", "--sortie", "out")),
        ("portal", ("account", "a@exemple.fr", "A", "--role", "relecteur", "--sortie", "out")),
        (
            "chiffrement",
            ("export", "2026-10", "--psad", "P", "--sortie", "out", "--encrypt", "age1q"),
        ),
    ],
)
def test_a_missing_extra_is_named_with_what_to_type(
    extra: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, EXTRAS[extra][0], None)
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert f"pip install 'siei-match[{extra}]'" in said
    assert EXTRAS[extra][0] in said


def test_an_extra_that_is_there_is_no_matter() -> None:
    for extra in EXTRAS:
        require_extra(extra, "It")


def test_a_crash_leaves_no_image_of_the_memory() -> None:
    import resource

    from siei_match.cli.program import leave_no_core

    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        leave_no_core()
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0 if before[1] == 0 else 1, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
