"""How often: so many a minute for each key (an address, an account), in this process's memory."""

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

KEYS_MAX: Final = 10_000
"""Keys remembered; the one seen least recently is forgotten first."""
PREFIX: Final = 64
"""Bits of an IPv6 address that one subscriber has all the others of."""


def subscriber_of(address: str) -> str:
    """Return whose an address is: of IPv6 its network of 64 bits, in which anybody changes theirs at will."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, PREFIX), strict=False))


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


@dataclass
class Thinned:
    """Lets `par_minute` things be told for each key, and counts the others until the next that is."""

    par_minute: int
    _rate: RateLimit = field(init=False)
    _untold: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._rate = RateLimit(self.par_minute)

    def take(self, key: str, when: datetime) -> int | None:
        """Return how many were not told since the last that was; None if this one is not either."""
        allowed = self._rate.take(key, when)
        with self._lock:
            untold = self._untold.pop(key, 0)
            if allowed:
                return untold
            self._untold[key] = untold + 1
            if len(self._untold) > KEYS_MAX:
                self._untold.popitem(last=False)
            return None
