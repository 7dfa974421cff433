"""How often: so many a minute for each key (an address, an account), in this process's memory."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

KEYS_MAX: Final = 10_000
"""Keys remembered; the one seen least recently is forgotten first."""


@dataclass
class RateLimit:
    """A bucket of `par_minute` tokens for each key, filled evenly."""

    par_minute: int
    _left: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, when: datetime) -> bool:
        """Take a token; False when there is none."""
        with self._lock:
            left, since = self._left.pop(key, (float(self.par_minute), when))
            gained = max((when - since).total_seconds(), 0.0) * self.par_minute / 60
            left = min(left + gained, float(self.par_minute))
            allowed = left >= 1
            self._left[key] = (left - 1 if allowed else left, when)
            if len(self._left) > KEYS_MAX:
                self._left.popitem(last=False)
            return allowed
