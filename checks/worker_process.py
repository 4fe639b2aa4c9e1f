"""How the processes of the worker are started and ended: forked from a warm zygote, or each a new interpreter.

Both kinds have the same four verbs: ``start`` a child and return the line to it, ``end`` it (and say what it died of),
``alive``, ``close``. The supervisor never signals a process number that it has not started itself: the zygote, as the
parent of the child, kills and reaps it, so that no number can have been reused by another process.

The processes run in ``/``, with an environment that is made here and not inherited: no user configuration, no module
from the folder of a document, one thread, SymPy's ground types and the hash seed pinned (their order of terms, and
with it every byte of a result, would follow from them).
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

START = 60.0  # seconds for a cold start: importing and warming SymPy takes one or two on a quiet machine
ORDER = 10.0  # seconds for the zygote to fork, or to kill and reap

PINNED = {
    "SYMPY_GROUND_TYPES": "python",
    "MPMATH_NOGMPY": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
# What a machine needs for its libraries to load and to compute rightly; nothing of it configures Python.
INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a child must know before its first call."""

    jobs: dict[str, str]
    preload: tuple[str, ...]
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a child ended: exit ``code`` or ``signal``, CPU seconds, whether we killed it, whether nobody could tell."""

    code: int | None = None
    signal: int | None = None
    cpu: float = 0.0
    forced: bool = False
    lost: bool = False


def can_fork() -> bool:
    """Whether a zygote can fork children and be handed the lines to them."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


def environment() -> dict[str, str]:
    """The environment of the processes: pinned settings, and what libraries need."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | PINNED


def launch(setup: Setup, how: dict[str, object], pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """Start an interpreter that runs ``worker_zygote``: no user site, nothing of the current folder on its path.

    ``-I`` would ignore the pinned hash seed, therefore ``-s -P`` and a made environment, which come to the same.
    """
    if not sys.executable:
        raise OSError("sys.executable is empty: this Python does not know its own interpreter")
    options = json.dumps(asdict(setup) | how)
    command = [sys.executable, "-s", "-P", "-m", "twofold.checks.worker_zygote", options]
    return subprocess.Popen(
        command,
        cwd=os.path.abspath(os.sep),  # noqa: PTH100
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=pass_fds,
        start_new_session=True,  # an interrupt from the terminal reaches the supervisor alone
    )


def last_words(process: subprocess.Popen[bytes]) -> str:
    """End a process that did not start, and return the last line that it wrote."""
    process.kill()
    lines = process.communicate()[1].decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:500] if lines else f"exit status {process.returncode}"


class Zygote:
    """The warm process that forks the children of one worker, or of several that share it: one at each place."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.places = 0  # given out so far

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, unless it lives; raise OSError with its last words where that fails."""
        if self.alive():
            return
        self.close()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = launch(
                self._setup, {"mode": "zygote", "control": theirs.fileno(), "parent": os.getpid()}, (theirs.fileno(),)
            )
        try:
            self._answer(START)
        except BaseException as error:
            words = last_words(self._process)
            self.close()
            if isinstance(error, OSError):
                raise OSError(words) from error
            raise

    def close(self) -> None:
        """End it; it takes its children with it."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(ORDER)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stderr is not None:
                self._process.stderr.close()
            self._process = None

    def abort(self) -> None:
        """Kill it, from any thread: its children die with it (or, on macOS, at their CPU limit)."""
        if (process := self._process) is not None:
            process.kill()

    def order(self, order: bytes, place: int, seconds: float, line: socket.socket | None = None) -> bytes:
        """Give an order for the child at a place, and to fork the child's end of a line; return the answer."""
        if self._control is None:
            raise OSError("worker lost")
        self._control.settimeout(seconds)
        message = order + bytes([place])
        if line is None:
            self._control.sendall(message)
        else:
            socket.send_fds(self._control, [message], [line.fileno()])
        return self._answer(seconds)

    def _answer(self, seconds: float) -> bytes:
        assert self._control is not None
        self._control.settimeout(seconds)
        answer = b""
        while not answer.endswith(b"\n"):
            if not (part := self._control.recv(4096)):
                raise ConnectionError("worker lost")
            answer += part
        return answer


class Forked:
    """Children forked from a warm zygote, one at a time; `zygote` is one that another worker of this thread has."""

    def __init__(self, setup: Setup, zygote: Zygote | None = None) -> None:
        self.zygote = zygote or Zygote(setup)
        self._place = self.zygote.places
        self.zygote.places += 1

    def alive(self) -> bool:
        return self.zygote.alive()

    def start(self) -> socket.socket:
        """Fork a child and return the line to it; raise OSError with the reason where that fails."""
        self.zygote.start()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.zygote.order(b"F", self._place, ORDER, theirs)
            except BaseException:  # an interrupt too: a late answer would be taken for the next order's
                ours.close()
                self.close()
                raise
        return ours

    def end(self, *, kill: bool) -> Exit:
        """Kill the child, or wait for one that is leaving, and read how it ended."""
        try:
            return Exit(**json.loads(self.zygote.order(b"K" if kill else b"R", self._place, ORDER)))
        except (OSError, ValueError):
            self.close()
            return Exit(lost=True)

    def close(self) -> None:
        """End the zygote; it takes its children with it."""
        self.zygote.close()

    def abort(self) -> None:
        self.zygote.abort()


class Spawned:
    """Children that are new interpreters: for systems without ``fork``. Each pays for the import of SymPy."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._child: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> socket.socket:
        """Start a child; it connects back over the loopback interface and shows the token that it was started with."""
        self.close()
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._child = launch(self._setup, {"mode": "serve", "port": server.getsockname()[1], "token": token})
            try:
                return self._welcome(server, token)
            except OSError as error:
                words = last_words(self._child)
                self.close()
                raise OSError(words) from error

    def _welcome(self, server: socket.socket, token: str) -> socket.socket:
        deadline = time.monotonic() + START
        server.settimeout(0.1)
        while self.alive() and time.monotonic() < deadline:
            try:
                line, _ = server.accept()
            except TimeoutError:
                continue
            line.settimeout(ORDER)
            if secrets.compare_digest(line.recv(len(token)), token.encode("ascii")):
                return line
            line.close()
        raise ConnectionError("worker lost")

    def end(self, *, kill: bool) -> Exit:
        """Kill the child, or wait for one that is leaving, and read how it ended (its CPU time is not known)."""
        if self._child is None:
            return Exit(lost=True)
        forced = kill
        try:
            self._child.wait(0 if kill else 1)
            forced = False
        except subprocess.TimeoutExpired:
            forced = True
            self._child.kill()
        code = self._child.wait()
        if self._child.stderr is not None:
            self._child.stderr.close()
        self._child = None
        return Exit(code=code if code >= 0 else None, signal=-code if code < 0 else None, forced=forced)

    def close(self) -> None:
        self.end(kill=True)

    def abort(self) -> None:
        if (child := self._child) is not None:
            child.kill()
