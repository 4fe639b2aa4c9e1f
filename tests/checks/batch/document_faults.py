"""A stand-in for the judging of a document, whose "document" says line by line what happens; it runs in the child.

true        a claim that holds                 crash       SIGSEGV
hang        a claim that never ends            leave       exit without a word
burn        a claim that never ends, in a loop hoard       more memory than there is
lie         a line that is no message          flood       a message without end
prove X     asks the prover (job `echo`)       slow        a claim of 0.2 s of CPU
"""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

from twofold.checks.worker_child import allow_cpu


def act(line: str, ask: Any) -> Any:
    """What a line does; the value of a claim that has one."""
    if line == "hang":
        time.sleep(3600)
    if line == "burn":
        while True:
            pass
    if line == "crash":
        ctypes.string_at(0)
    if line == "leave":
        os._exit(0)
    if line == "hoard":
        held = []
        while True:
            held.append(bytearray(1 << 24))
    if line == "flood":
        ask({"found": "x" * (1 << 22), "verdict": 1, "shared": False})
    if line == "fail":
        raise ValueError("a fault of the product")
    if line.startswith("prove "):
        return ask({"prove": ["echo", line[6:], {"wall": 5.0, "cpu": 5.0, "memory": 1 << 30, "output": 1 << 20}]})[
            "value"
        ]
    if line == "slow":
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
    return line


def judge(argument: Any, ask: Any) -> Any:
    """Every line is a claim: its key is its number and text, its verdict what `act` returns."""
    if argument["text"] == "cannot be read":
        return {"unreadable": "line 1: cannot be read"}
    if argument["text"].startswith("reading: "):
        act(argument["text"][9:], ask)
    steps, closing, spent = [], argument["closing"], time.process_time
    for number, line in enumerate(argument["text"].splitlines()):
        key = f"{number} {line}"
        known = ask({"claim": key})
        if "verdict" in known:
            steps.append([line, known["verdict"]])
            continue
        if not closing and spent() > argument["cpu"]:
            closing = "limit: the computing time of one document is used up"
        if reason := known.get("skip") or closing:
            steps.append([line, {"undecided": reason}])
            continue
        allow_cpu(argument["step"])
        verdict = {"holds": act(line, ask)}
        ask({"found": key, "verdict": verdict, "shared": True})
        steps.append([line, verdict])
    ask({"stage": "blame"})
    if argument["blame"] and "blame hangs" in argument["text"]:
        time.sleep(3600)
    summary = {"claims": len(steps), "unread": 0, "blamed": argument["blame"]}
    return {"run": {"steps": steps, "summary": summary}, "closing": closing}


def echo(argument: Any) -> Any:
    return argument
