"""Who runs the same pure function on many pieces: this process, processes of this machine, or a Dask cluster.

A piece that was not finished is given to another worker: functions write their files under a name of their own and
rename them, so that a piece that runs twice leaves what it leaves once.
"""

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from peerbill.model.errors import PeerbillError, UnusableInputError
from peerbill.scale.packages import load

J = TypeVar("J")
T = TypeVar("T")
R = TypeVar("R")

TRIES = 2
"""How often a piece is begun before its death is an error."""
_POOL: Final = "ARROW_DEFAULT_MEMORY_POOL"
"""Where Arrow finds out, when it is loaded, whose memory it takes."""


class WorkerError(PeerbillError):
    """A worker died on the same piece of work again: nothing was written."""


class Runner(Protocol):
    """Runs a function on pieces of work."""

    workers: int

    def all(
        self, function: Callable[[J, T], R], job: J, pieces: Sequence[T], progress: Callable[[int], None]
    ) -> list[R]:
        """Return what the function gives for each piece, in their order; `progress` hears of each that is done.

        Raises WorkerError where a worker dies twice on a piece; what the function raises is raised here.
        """


class Here:
    """One process: the one that asks."""

    workers = 1

    def all(
        self, function: Callable[[J, T], R], job: J, pieces: Sequence[T], progress: Callable[[int], None]
    ) -> list[R]:
        """Run the pieces one after the other."""
        found = []
        for piece in pieces:
            found.append(function(job, piece))
            progress(1)
        return found


class Processes:
    """Processes of this machine, each with one piece at a time, so that it is known on which one a process died.

    They end with the process that began them, also where that is killed.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._free: queue.SimpleQueue[ProcessPoolExecutor | None] = queue.SimpleQueue()
        for _ in range(workers):
            self._free.put(None)  # a process begins when it is first needed

    def close(self) -> None:
        """End the processes."""
        for _ in range(self.workers):
            pool = self._free.get()
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def all(
        self, function: Callable[[J, T], R], job: J, pieces: Sequence[T], progress: Callable[[int], None]
    ) -> list[R]:
        """Run the pieces, as many at a time as there are processes."""
        found: dict[int, R] = {}
        failed: list[BaseException] = []
        left = iter(range(len(pieces)))
        lock = threading.Lock()

        def work() -> None:
            while not failed:
                with lock:
                    at = next(left, None)
                if at is None:
                    return
                try:
                    made = self._once(function, job, pieces[at])
                except BaseException as error:  # noqa: BLE001  # it is raised below, in the thread that asked
                    failed.append(error)
                    return
                with lock:
                    found[at] = made
                    progress(1)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(self.workers, len(pieces)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        return [found[at] for at in range(len(pieces))]

    def _once(self, function: Callable[[J, T], R], job: J, piece: T) -> R:
        pool = self._free.get()
        try:
            for _ in range(TRIES):
                if pool is None:
                    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent)
                try:
                    return pool.submit(function, job, piece).result()
                except BrokenProcessPool:
                    pool.shutdown(wait=False)
                    pool = None
        finally:
            self._free.put(pool)
        raise _died(piece)


def _end_with_parent() -> None:
    """End this process as soon as the one that began it has ended: nobody would give it work, or take what it made."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class Cluster:
    """The workers of a Dask cluster, which all see the same folders under the same names."""

    def __init__(self, address: str, security: Any = None) -> None:
        distributed = load("distributed")
        try:
            self._client = distributed.Client(address, security=security, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise UnusableInputError(
                f"{address}: no Dask scheduler answers there ({type(error).__name__}). Give the address that it prints."
            ) from None
        self.workers = max(len(self._client.scheduler_info(n_workers=-1)["workers"]), 1)

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._client.close()

    def all(
        self, function: Callable[[J, T], R], job: J, pieces: Sequence[T], progress: Callable[[int], None]
    ) -> list[R]:
        """Run the pieces on the cluster; one whose worker dies begins again on another."""
        distributed = load("distributed")
        if not pieces:
            return []
        (shared,) = self._client.scatter([job], broadcast=True, hash=False)
        asked = self._client.map(_given, pieces, function=function, job=shared, pure=False, retries=TRIES - 1)
        at = {future.key: number for number, future in enumerate(asked)}
        found: dict[int, R] = {}
        try:
            for future, made in distributed.as_completed(asked, loop=self._client.loop, with_results=True):
                found[at[future.key]] = made
                progress(1)
        except distributed.KilledWorker:
            lost = next(number for number, future in enumerate(asked) if future.status == "error")
            self._client.cancel(asked)
            raise _died(pieces[lost]) from None
        except BaseException:
            self._client.cancel(asked)
            raise
        return [found[number] for number in range(len(pieces))]


def certificates(authority: Path, certificate: Path, key: Path) -> Any:
    """Return what a client of a scheduler with TLS needs, of the files of certificates."""
    return load("distributed").Security(
        tls_ca_file=str(authority), tls_client_cert=str(certificate), tls_client_key=str(key), require_encryption=True
    )


def _given(piece: T, function: Callable[[J, T], R], job: J) -> R:
    return function(job, piece)


def _died(piece: object) -> WorkerError:
    return WorkerError(
        f"a worker died {TRIES} times on {getattr(piece, 'title', 'the same piece')}: the machine may lack memory, or "
        "it was ended from outside. Nothing was written; run it again with fewer workers."
    )


@contextlib.contextmanager
def runner(workers: int, cluster: str = "", security: Any = None) -> Iterator[Runner]:
    """Yield who runs the pieces: a cluster where an address is given, else so many processes."""
    made = Cluster(cluster, security) if cluster else Processes(workers)
    with _memory_of_the_system():
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def _memory_of_the_system() -> Iterator[None]:
    """Let processes that begin take the memory for Arrow from the system: its own pool keeps a fourth of a worker's."""
    if _POOL in os.environ:
        yield
        return
    os.environ[_POOL] = "system"
    try:
        yield
    finally:
        del os.environ[_POOL]
