"""A child that checks documents under an audit hook and says what it saw: one line of JSON per document.

    python -s -P watched.py < REQUEST

REQUEST is JSON: ``folder`` (the only place where files may be written), ``documents`` (paths), ``flags``.  Everything
that the product may do is listed here; whatever else the interpreter reports is a violation:

* open for reading: the document itself, the interpreter, the installed packages, the product; for writing: ``folder``;
* a new process: the worker, a list of arguments, no shell;
* sockets: the pair that joins the worker to its supervisor; no address is ever named;
* compile: modules, and code that holds no word of the document (what `lambdify` and dataclasses write), except words
  that our own sources hold too.

The hook cannot be removed once it is set, so a document cannot take it off.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import sys
import sysconfig
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn")
NETWORK = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.")
CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod")
CHANGES += ("shutil.",)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
WORD = re.compile(r"[A-Za-z_]{5,}")


class Watch:
    """What happened while a document was checked that must not happen."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self.readable = [str(ROOT), sys.prefix, sys.base_prefix, "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/usr"]
        self.readable += [os.path.realpath(path) for path in sysconfig.get_paths().values()]
        self.readable += ["/sys/devices", "/sys/fs/cgroup", "/etc/localtime", "/dev/null", "/dev/urandom"]
        self.document, self.words, self.usual = "", frozenset[str](), words_of_product()
        self.found: list[str] = []
        self.active = self.busy = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active or self.busy:
            return
        self.busy = True
        try:
            reason = self.violation(event, arguments)
            if reason:
                self.found.append(f"{event}: {reason}"[:300])
        finally:
            self.busy = False

    def violation(self, event: str, arguments: tuple[object, ...]) -> str:
        if event == "open":
            return self.opened(*arguments[:3])
        if event == "subprocess.Popen":
            command = [str(part) for part in arguments[1]]  # type: ignore[attr-defined]
            worker = command[0] == sys.executable and "twofold.checks.worker_zygote" in command
            return "" if worker and not isinstance(arguments[1], str) else " ".join(command)
        if event == "compile":
            return self.compiled(arguments[0], arguments[1])
        if event.startswith(FORBIDDEN + NETWORK):
            return str(arguments)
        if event.startswith(CHANGES):
            path = os.path.realpath(os.fsdecode(arguments[0]))  # type: ignore[arg-type]
            return "" if inside(path, self.folder) else path
        return ""

    def opened(self, path: object, mode: object, flags: object) -> str:
        if isinstance(path, int) or path is None:
            return ""
        real = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & WRITES)
        if writes:
            return "" if inside(real, self.folder) or real == "/dev/null" else f"writes {real}"
        allowed = real == self.document or any(inside(real, place) for place in (*self.readable, self.folder))
        return "" if allowed else f"reads {real}"

    def compiled(self, code: object, name: object) -> str:
        text = code.decode("utf-8", "replace") if isinstance(code, bytes) else code
        if not isinstance(text, str) or (isinstance(name, str) and Path(name).suffix == ".py"):
            return ""
        taken = sorted(self.words & frozenset(WORD.findall(text)))
        return f"{taken} of the document in {text[:80]!r}" if taken else ""


def inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def words_of_product() -> frozenset[str]:
    """The words of our own sources: what a document has in common with them is no payload of its own."""
    found: set[str] = set()
    for room in ("symbolic", "numeric", "checks", "reports"):
        for file in (ROOT / room).rglob("*"):
            if file.suffix in (".py", ".j2"):
                found.update(WORD.findall(file.read_text(encoding="utf-8")))
    return frozenset(found)


def check(main: object, watch: Watch, document: str, folder: Path, flags: list[str]) -> dict[str, object]:
    """Check one document; everything goes into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    command = ["check", document, "--json", str(folder / "run.json"), "--report", str(folder / "report.html"), *flags]
    watch.document, watch.found = os.path.realpath(document), []
    with contextlib.suppress(OSError):
        words = WORD.findall(Path(document).read_bytes()[:100_000].decode("utf-8", "replace"))
        watch.words = frozenset(words) - watch.usual
    crashed, start = "", time.monotonic()
    watch.active = True
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(command)  # type: ignore[operator]
        except SystemExit as error:
            code = error.code
        except BaseException:
            code, crashed = -1, traceback.format_exc()
    watch.active = False
    streams = {}
    for name, stream in (("stdout", out), ("stderr", err)):
        stream.flush()
        streams[name] = stream.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
    return {
        "document": document,
        "code": code,
        "crashed": crashed,
        "wall": round(time.monotonic() - start, 3),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "worker_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "violations": watch.found,
        **streams,
    }


def serve() -> None:
    request = json.load(sys.stdin)
    folder = Path(request["folder"])
    from twofold.__main__ import main

    watch = Watch(str(folder))
    sys.addaudithook(watch)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for index, document in enumerate(request["documents"]):
        answer = check(main, watch, document, folder / f"{index}", request["flags"])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
