"""How often: so many a minute for each key (an address, an account), in this process's memory."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
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


@dataclass
class DailyLimit:
    """So many a day for each key; a restart of this process forgets what was taken."""

    par_jour: int
    _taken: OrderedDict[str, tuple[date, int]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, when: datetime) -> bool:
        """Take one; False when there is none left that day."""
        with self._lock:
            day, taken = self._taken.pop(key, (when.date(), 0))
            taken = 0 if day != when.date() else taken
            allowed = taken < self.par_jour
            self._taken[key] = (when.date(), taken + allowed)
            if len(self._taken) > KEYS_MAX:
                self._taken.popitem(last=False)
            return allowed
