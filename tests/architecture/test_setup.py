"""The set-up works from nothing: locks, wheel, no address, no path of a machine."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = (
    "requirements.lock", "requirements-uv.lock", "requirements-bench.lock",
    "requirements-audit.lock", "requirements-build.lock",
)  # fmt: skip


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [
        line for line in lines if re.search(r"https?:|file:|--index|/(home|root|tmp)/", line)
    ] == []
    pinned = [line for line in lines if re.match(r"[a-z0-9]", line, re.IGNORECASE)]
    assert pinned
    assert all(line.endswith("\\") and "==" in line for line in pinned), "every pin has its hashes"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_exact(name: str) -> None:
    """One released version of each, by its SHA-256; nothing from a checkout, a folder, an address."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and line[0] not in " #"]
    pin = re.compile(
        r"([a-z0-9][a-z0-9-]*)==([0-9][^\s;]*)( ; [^#]*?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+"
    )
    assert [line[:60] for line in lines if not pin.fullmatch(line)] == []
    versions = [found[2] for line in lines if (found := pin.fullmatch(line))]
    assert len(versions) > 0
    assert [v for v in versions if re.search(r"(a|b|rc|\.dev)[0-9]", v)] == [], "none unreleased"


def test_the_lock_is_complete() -> None:
    """All that an installed package of the lock asks for here stands in the lock too."""
    packaging = pytest.importorskip("packaging.requirements")
    locked = {
        line.split("==")[0].lower()
        for name in LOCKS[:2]
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if "==" in line and line[0] not in " #"
    }
    absent = set()
    for name in locked:
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system
        for requirement in map(packaging.Requirement, asked):
            here = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            other = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if here and other not in locked:
                absent.add(f"{name} needs {other}")
    assert absent == set(), "run `make lock`"


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = declared["project"]["optional-dependencies"]
    asked = declared["project"]["dependencies"] + declared["dependency-groups"]["dev"]
    asked += [line for lines in extras.values() for line in lines]
    names = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in asked}
    locked = {
        line.split("==")[0].lower()
        for line in (ROOT / LOCKS[0]).read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert names - locked == set(), "run `make lock`"


def test_the_version_traps_stay_capped() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = declared["project"]
    caps = {"pandas": "<3", "fastapi": "<0.151", "sqlalchemy": "<2.1", "prefect": "<4"}
    lines = project["dependencies"] + project["optional-dependencies"]["prefect"]
    asked = {re.split(r"[\[<>=]", line)[0]: line for line in lines}
    assert {name for name, cap in caps.items() if not asked[name].endswith(cap)} == set()


def test_a_plain_install_is_without_prefect() -> None:
    """It brings a server, its database layer and a hundred packages: for those who schedule."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}
    assert not named & {"prefect", "fastapi", "sqlalchemy", "pyyaml"}


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
def test_the_wheel_carries_the_declarations_and_can_import_all_that_it_carries(
    tmp_path: Path,
) -> None:
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
    assert {name.partition("/")[0] for name in names if name.endswith(".py")} == {"siei_match"}
    assert {"siei_match/flows/campagne.py", "siei_match/flows/prefect.yaml"} <= names
    unpacked = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(unpacked)
    modules = sorted(
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in names
        if name.endswith(".py") and not name.endswith("__main__.py")
    )
    # In a place of its own: neither this checkout nor its `src` can lend what the wheel lacks.
    program = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]: importlib.import_module(name)\n"
        "from siei_match.reference.contracts import declaration, schemas_root\n"
        "assert str(schemas_root()).startswith(sys.argv[1]), schemas_root()\n"
        "assert declaration('tables/liens_tous').fields\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, unpacked, *modules],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_installer_s_lock_holds_the_installer_alone() -> None:
    """`make setup` installs it with pip before anything else is there."""
    text = (ROOT / "requirements-uv.lock").read_text("utf-8")
    assert re.findall(r"^([a-z][a-z0-9-]*)==", text, re.MULTILINE) == ["uv"]


def test_what_builds_the_package_is_locked_too() -> None:
    """A back end that the index chooses at each set-up runs with the rights of whoever builds."""
    locked = (ROOT / "requirements-build.lock").read_text("utf-8")
    assert {"hatchling", "editables"} <= set(
        re.findall(r"^([a-z][a-z0-9-]*)==", locked, re.MULTILINE)
    )
    recipe = (ROOT / "Makefile").read_text("utf-8")
    builds = [line for line in recipe.splitlines() if "--editable" in line]
    assert builds
    assert all("--build-constraints requirements-build.lock" in line for line in builds)


def test_make_bench_races_all_sizes() -> None:
    """A comma ends an argument of make's own functions: it once raced one size only."""
    said = subprocess.run(
        ["make", "--dry-run", "bench"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "--tailles 20000,100000,1000000" in said
