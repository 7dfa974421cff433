"""The recipes hold back what they run: by systemd's own measure, and option by option."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "recipes"
UNITS = ("siei", "siei-portal", "siei-expected")
MOST = 3.0
NEEDED = (
    "NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectSystem=strict", "ProtectHome=yes", "MemoryMax=",
    "MemorySwapMax=0", "TasksMax=", "CapabilityBoundingSet=", "SystemCallFilter=@system-service",
    "MemoryDenyWriteExecute=yes", "LimitCORE=1", "User=siei",
)  # fmt: skip
CONTAINED = (
    "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--memory=", "--memory-swap=",
    "--pids-limit=", "--tmpfs=/tmp", "--network=none", "recus:ro",
)  # fmt: skip


def lines(unit: str) -> list[str]:
    return (RECIPES / f"{unit}.service").read_text("utf-8").splitlines()


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_holds_back_what_it_runs(unit) -> None:
    told = lines(unit)
    assert [name for name in NEEDED if not any(line.startswith(name) for line in told)] == []
    # Polars writes code and runs it, to ask the processor what it is: refused, the process would end.
    assert "Environment=POLARS_SKIP_CPU_CHECK=1" in told
    assert not [
        line for line in told if line.startswith("SystemCallFilter=~") and "@resources" in line
    ]


def test_only_the_page_has_a_network_and_it_sees_no_extract() -> None:
    assert [u for u in UNITS if "PrivateNetwork=yes" not in lines(u)] == ["siei-portal"]
    assert "InaccessiblePaths=-/srv/siei/recus" in lines("siei-portal")
    assert "ReadOnlyPaths=/srv/siei/recus" in lines("siei")


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_says_so_too_and_the_page_tells_its_figure(unit) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    done = subprocess.run(
        [tool, "security", "--offline=true", RECIPES / f"{unit}.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) < MOST
    page = (ROOT / "docs" / "exploitation.md").read_text("utf-8")
    assert f"`{unit}.service` {found[1]}" in page, "by the version of systemd that the page names"


def test_the_container_is_held_back_and_locked() -> None:
    text = (RECIPES / "Containerfile").read_text("utf-8")
    assert [option for option in CONTAINED if option not in text] == []
    assert "--require-hashes" in text
    assert "--build-constraints" in text
    assert re.search(r"^USER siei$", text, re.MULTILINE)
    copied = re.search(r"^COPY (.+) /build/$", text, re.MULTILINE)
    assert copied
    assert [name for name in copied[1].split() if not (ROOT / name).exists()] == []
