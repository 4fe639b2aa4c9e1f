"""The zygote of the worker: the warm process that forks the children, kills them and reaps them.

It imports and warms what the jobs need, then obeys orders of two bytes on its control line: what, and at which place
(a zygote holds one child at each place). ``F`` forks a child that serves the line handed over with the order, ``K``
kills it, ``R`` reaps one that is leaving. It has one thread (a fork copies no other), computes nothing afterwards, and
leaves when the supervisor does: at the end of file of the control line, or when it finds itself with another parent,
within half a second.

Run as ``python -m twofold.checks.worker_zygote OPTIONS`` (JSON). Where there is no fork, the same entry is the child.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from .worker_child import confine, look_up, run_child, serve

PATIENCE = 1.0  # seconds that a leaving child may take before it is killed
WATCH = 0.5  # seconds between two looks at whether the supervisor still lives


def preload(names: list[str]) -> None:
    """Import the modules, call the functions, and keep the collector from touching (and so copying) their pages."""
    for name in names:
        if ":" in name:
            look_up(name)()
        else:
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def silence() -> None:
    """Point the three standard streams at the null device: nothing printed can look like a reply."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


class Zygote:
    """The warm parent of the children. It holds at most one at each place."""

    def __init__(self, control: socket.socket, jobs: dict[str, str], supervisor: int) -> None:
        self.control, self.jobs, self.supervisor = control, jobs, supervisor
        self.children: dict[int, int] = {}  # place -> process

    def run(self) -> None:
        """Obey orders until the supervisor is gone."""
        self.answer({})
        try:
            while True:
                while not select.select([self.control], [], [], WATCH)[0]:
                    if os.getppid() != self.supervisor:
                        return
                order, lines, _, _ = socket.recv_fds(self.control, 2, 1)
                if not order:
                    return
                self.obey(order[:1], order[1], lines)
        finally:
            for place in list(self.children):
                self.end(place, 0.0)

    def obey(self, order: bytes, place: int, lines: list[int]) -> None:
        if order == b"F":
            self.end(place, 0.0)
            self.fork(place, socket.socket(fileno=lines[0]))
            self.answer({})
        else:
            self.answer(self.end(place, PATIENCE if order == b"R" else 0.0))

    def answer(self, message: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(message).encode("ascii") + b"\n")

    def fork(self, place: int, line: socket.socket) -> None:
        zygote = os.getpid()
        child = os.fork()
        if child == 0:
            self.control.close()
            run_child(line, self.jobs, zygote)
        self.children[place] = child
        line.close()

    def end(self, place: int, patience: float) -> dict[str, Any]:
        """Reap the child, after ``patience`` seconds with force: it and what it may have started in its group."""
        child = self.children.pop(place, 0)
        if not child:
            return {"lost": True}
        deadline, forced = time.monotonic() + patience, False
        gone, status, used = os.wait4(child, os.WNOHANG)
        while not gone:
            if time.monotonic() >= deadline:
                forced = True
                kill(child)
            else:
                time.sleep(0.001)
            gone, status, used = os.wait4(child, 0 if forced else os.WNOHANG)
        code = os.waitstatus_to_exitcode(status)
        return {
            "code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "cpu": used.ru_utime + used.ru_stime,
            "forced": forced,
        }


def kill(child: int) -> None:
    """Kill a child with its group."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # it had no time yet to make a group of its own
        os.kill(child, signal.SIGKILL)


def main(options: dict[str, Any]) -> None:
    """Be the zygote, or (where there is no fork) the child itself."""
    sys.path.extend(options["path"])
    if options["mode"] == "zygote":
        control = socket.socket(fileno=options["control"])
        preload(options["preload"])
        silence()
        Zygote(control, options["jobs"], options["parent"]).run()
        return
    preload(options["preload"])
    line = socket.create_connection(("127.0.0.1", options["port"]))
    line.sendall(options["token"].encode("ascii"))
    silence()
    confine()
    with line, line.makefile("rwb") as stream:
        serve(stream, options["jobs"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
