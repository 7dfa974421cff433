"""The set-up works from nothing: locks, wheel, no address, no path of a machine."""

import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-uv.lock", "requirements-bench.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [
        line for line in lines if re.search(r"https?:|file:|--index|/(home|root|tmp)/", line)
    ] == []
    pinned = [line for line in lines if re.match(r"[a-z0-9]", line, re.IGNORECASE)]
    assert pinned
    assert all(line.endswith("\\") and "==" in line for line in pinned), "every pin has its hashes"


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = declared["project"]["dependencies"] + declared["dependency-groups"]["dev"]
    names = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in asked}
    locked = {
        line.split("==")[0].lower()
        for line in (ROOT / LOCKS[0]).read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert names - locked == set(), "run `make lock`"


def test_the_version_traps_stay_capped() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    caps = {"pandas": "<3", "fastapi": "<0.151", "sqlalchemy": "<2.1", "prefect": "<4"}
    asked = {re.split(r"[\[<>=]", line)[0]: line for line in declared["project"]["dependencies"]}
    assert {name for name, cap in caps.items() if not asked[name].endswith(cap)} == set()


def test_no_committed_text_names_a_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    texts = (".py", ".md", ".toml", ".lock", ".json", ".sql", ".html", ".csv", "Makefile", "run")
    # Split, so that this file does not find itself.
    machine = re.compile("/(?:wo" + r"rk/(?:main|shared)|ro" + r"ot/|ho" + r"me/[a-z])")
    named = [
        name
        for name in listed.stdout.split("\0")
        if name.endswith(texts)
        and (ROOT / name).is_file()
        and machine.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert named == []


@pytest.mark.slow
def test_the_wheel_carries_the_declarations(tmp_path: Path) -> None:
    uv = ROOT / ".venv" / "bin" / "uv"
    if not uv.exists():
        pytest.skip("uv is not in .venv: run `make setup`")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT], check=True)
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    declared = {
        f"siei_match/_schemas/{path.relative_to(ROOT / 'schemas').as_posix()}"
        for path in (ROOT / "schemas").rglob("*.json")
    }
    assert declared <= names
    assert "siei_match/_flows/campagne.py" in names
