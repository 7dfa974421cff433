"""The layers of ARCHITECTURE.md hold, and the contracts that hold them can fail."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "siei_match"
STAGES = (
    "extract", "validate", "normalise", "link", "identify", "decide", "route", "publish",
)  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever the import stands in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def test_import_linter_keeps_every_contract() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()",
         "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "0 broken" in outcome.stdout


def test_every_stage_is_under_the_contract_of_siblings() -> None:
    (siblings,) = layers_of("siei_match.stages")
    assert sorted(siblings) == sorted(STAGES)
    assert {p.name for p in (SOURCE / "stages").iterdir() if p.name[0] != "_"} == set(STAGES)


def test_architecture_shows_the_layers_that_are_held() -> None:
    block = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Layers")[2].split("```")[1]
    shown = [line.partition("   ")[0].split(" · ") for line in block.strip().splitlines()]
    assert shown == layers_of("siei_match")
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {room for layer in shown for room in layer} == rooms


def layers_of(container: str) -> list[list[str]]:
    """Return the layers that import-linter holds inside a package, highest first."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(
        contract
        for contract in configured["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == [container]
    )
    return [layer.split(" | ") for layer in contract["layers"]]


def test_only_the_flows_know_prefect() -> None:
    knowing = {
        path.relative_to(SOURCE).parts[0]
        for path in modules()
        if any(m.startswith(("prefect", "siei_match.flows")) for m in imports_of(path))
    }
    assert knowing == {"flows"}


def test_one_module_knows_pandas_and_recordlinkage() -> None:
    # The oracle of import-linter's contract, which lists its exceptions by name.
    knowing = {
        path.relative_to(SOURCE).as_posix()
        for path in modules()
        for module in imports_of(path)
        if module.partition(".")[0] in {"pandas", "recordlinkage"}
    }
    assert len(knowing) <= 1
    assert all(name.startswith("stages/link/") for name in knowing)


@pytest.mark.parametrize("limit", [300])
def test_modules_stay_readable(limit: int) -> None:
    lengths = {
        path.relative_to(SOURCE).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
    }
    assert {name: lines for name, lines in lengths.items() if lines > limit} == {}


def test_no_module_prints_but_the_command_line() -> None:
    printing = {
        path.relative_to(SOURCE).parts[0]
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }
    assert printing <= {"cli", "flows"}


def test_no_module_but_the_command_line_reads_the_clock_or_throws_dice() -> None:
    # Same inputs, code and settings: same bytes. Seeds and days are arguments.
    forbidden = {"date.today", "datetime.now", "datetime.utcnow", "time.time", "uuid.uuid4"}
    found = {
        f"{path.relative_to(SOURCE)}: {ast.unparse(node.func)}"
        for path in modules()
        if path.relative_to(SOURCE).parts[0] not in {"cli", "flows"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) in forbidden or ast.unparse(node.func).startswith("random."))
    }
    assert found == set()
