"""Write docs/commandes.md from the program itself: every command, its arguments, its options.

Usage: `python tools/make_commandes.py`. A test compares the page with the program.
"""

from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

from siei_match.cli.program import app

PAGE: Final = Path(__file__).parents[1] / "docs" / "commandes.md"


def render() -> str:
    """Return the page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "*Written by `tools/make_commandes.py` from the program: do not change it here.*"
    yield ""
    yield "# Commands"
    yield ""
    yield "`siei COMMAND --help` says the same. What each is for, at a glance: [contract.md](contract.md#2-the-commands)."
    yield ""
    yield "Exit code 0: done; 1: failed, interrupted, or found what it looks for; 2: wrong usage."
    for name, command in walk(app, "siei"):
        function = command.default_command
        if function is None:
            continue
        yield ""
        yield f"## {name}"
        yield ""
        # Lines of a docstring are one paragraph until an empty one.
        yield from cleandoc(function.__doc__ or "").split("\n")
        yield ""
        yield "| argument | | meaning |"
        yield "|---|---|---|"
        for argument in command.assemble_argument_collection():
            needed = "required" if argument.required else ""
            meaning = " ".join((argument.parameter.help or "").split()).replace("|", "\\|")
            yield f"| `{argument.name}` | {needed} | {meaning} |"


def walk(program: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Go through every command and sub-command, by name."""
    for name in sorted(name for name in program if not name.startswith("-")):
        command = program[name]
        yield f"{prefix} {name}", command
        yield from walk(command, f"{prefix} {name}")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
