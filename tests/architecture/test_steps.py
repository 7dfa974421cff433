"""File = step = line of the log = task: the story, the folder and those who list steps agree."""

import ast
import re
from importlib import import_module
from inspect import getsource
from pathlib import Path

from siei_match.campaign import story

ROOT = Path(__file__).parents[2]
STEPS = ROOT / "src" / "siei_match" / "campaign" / "steps"


def told() -> list[str]:
    """The steps in the order of the story."""
    return re.findall(r"stage\((\w+)\)\(", getsource(story.tell))


def test_a_step_is_a_file_and_a_file_a_step() -> None:
    files = sorted(path.stem for path in STEPS.glob("*.py") if path.stem != "__init__")
    assert sorted(told()) == files
    for name in files:
        step = getattr(import_module(f"siei_match.campaign.steps.{name}"), name)
        assert step is getattr(story, name)
        assert step.__name__ == name


def test_a_step_draws_its_progress_under_its_own_name() -> None:
    for name in told():
        drawn = re.findall(r'suivi\.step\("(\w+)"', (STEPS / f"{name}.py").read_text("utf-8"))
        assert set(drawn) <= ({name, "check"} if name == "validate" else {name})


def test_whoever_kills_runs_knows_every_step() -> None:
    tree = ast.parse((ROOT / "bench" / "recovery.py").read_text("utf-8"))
    lists = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert list(ast.literal_eval(lists["STAGES"])) == told()
