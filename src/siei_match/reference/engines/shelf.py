"""What a run holds for long, laid in files from which the kernel takes memory back when it is short.

The same files as workers open (`laid`), for the run's own process. They are removed as soon as they
are open: their bytes live as long as somebody holds them, and a killed run leaves none.
"""

import io
import logging
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from siei_match.reference.engines.laid import OBJECTS, Layer, Opener
from siei_match.reference.files import PRIVATE, create, output_guard
from siei_match.reference.memory import anonymous, give_back

logger = logging.getLogger(__name__)

Held = TypeVar("Held")
HELD: Final = "held"


def as_it_is(what: Held) -> Held:
    """Hold where it was made what nobody puts elsewhere."""
    return what


class Shelf:
    """Where a run puts what it holds once it takes more than half of the memory it was given.

    The other half is for what a step works on. What was put there once is never written again.

    Args:
        folder: for what is laid, the run's own and its owner's alone; it need not be there.
        memory: bytes that the run was given; None: nothing is ever put on the shelf.
    """

    def __init__(self, folder: Path | None, memory: int | None) -> None:
        self._folder = folder
        self.memory = memory
        self._there: dict[int, Any] = {}

    def put(self, what: Held, but: Sequence[Any] = ()) -> Held:
        """Return the same objects, their large arrays and tables in files, read-only; or `what` itself.

        Args:
            what: objects that can be pickled; whoever calls lets go of them.
            but: objects that they hold and that stay as they are.

        Raises:
            SieiError: the disk refuses.
        """
        if self._folder is None or not self._short():
            return what
        with output_guard(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            laid = self._folder / f"shelf-{secrets.token_hex(8)}"
            laid.mkdir(mode=0o700)
            try:
                found: Held = self._laid(what, laid, {id(one): one for one in but})
            finally:
                shutil.rmtree(laid, ignore_errors=True)
        return found

    def clear(self) -> None:
        """Let go of what was put there; who holds it still does."""
        self._there.clear()

    def _short(self) -> bool:
        if self.memory is None:
            return False
        give_back()
        taken = anonymous()
        return taken is None or taken > self.memory / 2

    def _laid(self, what: Any, folder: Path, but: dict[int, Any]) -> Any:
        written, as_they_are = io.BytesIO(), self._there | but
        _Onto(written, folder, as_they_are).dump(what)
        create(folder / OBJECTS, PRIVATE).write_bytes(written.getbuffer())
        opener = _From(io.BytesIO(written.getbuffer()), folder, as_they_are)
        found = opener.load()
        size = sum(path.stat().st_size for path in folder.iterdir())
        logger.info("%.2f GB laid in the staging folder.", size / 1e9)
        for value in opener.opened():
            self._there[id(value)] = value
        return found


class _Onto(Layer):
    """Puts what is large into files, but for what stands in some already."""

    def __init__(self, file: io.BytesIO, folder: Path, there: dict[int, Any]) -> None:
        super().__init__(file, folder, ())
        self._there = there

    def persistent_id(self, value: Any) -> tuple[str, Any] | None:
        if id(value) in self._there:
            return HELD, id(value)
        return super().persistent_id(value)


class _From(Opener):
    """Opens what was laid; what stands in files already is given back as it is."""

    def __init__(self, file: io.BytesIO, folder: Path, there: dict[int, Any]) -> None:
        super().__init__(file, folder)
        self._there = there

    def persistent_load(self, name: Any) -> Any:
        return self._there[name[1]] if name[0] == HELD else super().persistent_load(name)
