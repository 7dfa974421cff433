"""What an engine is, and the one by default: threads of this process."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from siei_match.reference import parallel

Task = Callable[..., Any]


class Engine(Protocol):
    """Does independent tasks, in whatever order and wherever it likes.

    apart: whether tasks run in other processes, so that all that they take and give is copied.
    """

    apart: bool

    def submit(self, task: Task, *arguments: Any, name: str) -> Any:
        """Have a task done, and return what `gather` takes.

        Args:
            task: a function of a module, where the engine is apart; done twice it does no harm.
            arguments: paths, hashes, numbers.
            name: of hashes and numbers alone: a scheduler shows it to whoever looks.
        """

    def gather(self, handles: Sequence[Any]) -> list[Any]:
        """Return what submitted tasks gave, in the order of `handles`.

        Raises:
            SieiError: workers, or the scheduler, are gone for good; tasks that wait are forgotten.
        """

    def release(self) -> None:
        """Have workers let go of what they have opened for the tasks gathered so far."""

    def close(self) -> None:
        """End what the engine has started."""


class Threads:
    """Threads of this process: tasks share its memory, numpy and polars let go of the interpreter."""

    apart = False

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def submit(self, task: Task, *arguments: Any, name: str) -> Future[Any]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(parallel.threads())
        return self._pool.submit(task, *arguments)

    def gather(self, handles: Sequence[Future[Any]]) -> list[Any]:
        try:
            return [handle.result() for handle in handles]
        except BaseException:
            for handle in handles:
                handle.cancel()
            raise

    def release(self) -> None:
        self.close()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


@dataclass(frozen=True)
class Secret:
    """Bytes that a task needs and no file may hold; no log shows them."""

    value: bytes = field(repr=False)
