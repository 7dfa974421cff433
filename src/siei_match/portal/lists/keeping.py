"""What a page makes of files that do not change, kept until they do: at most so many, the last used stay.

Rights are no part of it: who may see what is asked at each request, before anything is looked up here.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import Final, Generic, TypeVar

MOST: Final = 512
"""Tables kept at once: a platform at work needs five."""

T = TypeVar("T")


class Kept(Generic[T]):
    """Things made of a version of files, by what they are of; a later version replaces an earlier one."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, ...], tuple[Hashable, T]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: tuple[str, ...], version: Hashable, make: Callable[[], T]) -> T:
        """Return what stands under `key` (a campaign's code first) for this version, made if it does not.

        `version` is read before what `make` reads: what is kept is never older than it says.
        """
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] == version:
                self._known.move_to_end(key)
                return known[1]
        made = make()
        with self._lock:
            self._known[key] = version, made
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made

    def keep_only(self, codes: Collection[str]) -> None:
        """Forget what is of no campaign of these: a list that was withdrawn or purged stays nowhere."""
        with self._lock:
            for key in [key for key in self._known if key[0] not in codes]:
                del self._known[key]
