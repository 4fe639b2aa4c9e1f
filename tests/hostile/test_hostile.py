"""Hostile documents run nothing, hang nothing, exhaust nothing, act in no output, and do not stop the rest.

Two sets: the small files beside this test, which are always there, and the sample documents of the folder `shared`.
Each is checked by the command line in a child under an audit hook (`watched.py`), in an empty working folder.  For each
it is asked: the outcome is of an accepted class; nothing forbidden happened; the plain equality beside the hostile one
was judged; the outputs are inert; time and memory stayed within the limits.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
WALL, MEMORY = 60.0, 1024  # seconds and MB of a document
CLASS = {
    "proved": "normal_verdict",
    "enclosed": "normal_verdict",
    "supported": "normal_verdict",
    "refuted": "wrong_found",
    "undecided": "undecided",
    "unread": "refused",
    "fault": "fault",
}
PLAIN = ("1 + 1 = 2", "1 = 1", "1+1=2", "1=1")
# What a page may consist of. No script, no address, nothing that loads: everything else of HTML is live.
LIVE = {"script", "iframe", "object", "embed", "link", "base", "form", "input", "button", "video", "audio", "img"}
LIVE |= {"meta http-equiv=refresh", "animate", "set", "foreignobject", "image", "use href"}


@dataclass(frozen=True)
class Seen:
    """What checking one document did."""

    answer: dict[str, Any]
    run: dict[str, Any] | None
    page: str

    @property
    def classes(self) -> set[str]:
        """The classes of what was judged beside the plain equality."""
        if self.answer["code"] in (2, 4) or self.run is None:
            return {"clear_error" if self.answer["code"] == 2 else "fault"}
        found = {CLASS[s["outcome"]] for s in self.run["steps"] if s["outcome"] and s["tex"] not in PLAIN}
        return found or {"normal_verdict"}

    @property
    def plain(self) -> set[str]:
        return {s["outcome"] for s in (self.run or {"steps": []})["steps"] if s["tex"] in PLAIN and s["outcome"]}


def watch(documents: list[Path], folder: Path) -> list[Seen]:
    """Check documents in one watched child, whose working folder is empty."""
    cwd, out = folder / "cwd", folder / "out"
    cwd.mkdir()
    out.mkdir()
    request = json.dumps({"folder": str(out), "documents": [str(d) for d in documents], "flags": []})
    command = [sys.executable, "-s", "-P", str(HERE / "watched.py")]
    done = subprocess.run(
        command, input=request, capture_output=True, text=True, cwd=cwd, timeout=WALL * max(5, len(documents))
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(cwd.iterdir()) == [], "something was left in the working folder"
    found = []
    for index, line in enumerate(done.stdout.splitlines()):
        run, page = out / f"{index}" / "run.json", out / f"{index}" / "report.html"
        found.append(
            Seen(
                json.loads(line),
                json.loads(run.read_text(encoding="utf-8")) if run.exists() else None,
                page.read_text(encoding="utf-8") if page.exists() else "",
            )
        )
    assert len(found) == len(documents)
    return found


class Elements(HTMLParser):
    """What is alive in a page: elements that load or run, handlers, addresses that leave the page."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LIVE:
            self.alive.append(tag)
        for name, value in attrs:
            inside = (value or "").startswith(("#", "data:image/png;base64,"))
            if name.startswith("on") or (name in ("href", "xlink:href", "src", "action", "srcdoc") and not inside):
                self.alive.append(f"{tag} {name}={value}")
            if name == "http-equiv" and value != "Content-Security-Policy":
                self.alive.append(f"{tag} {name}={value}")


def alive(page: str) -> list[str]:
    parser = Elements()
    parser.feed(page)
    return parser.alive


def faults(seen: Seen, accept: set[str], truth: bool | None) -> list[str]:
    """Everything that must not be, whatever the class of the outcome."""
    answer, found = seen.answer, []
    if answer["violations"] or answer["crashed"]:
        found.append(f"{answer['violations']} {answer['crashed'][-500:]}")
    if "Traceback" in answer["stdout"] + answer["stderr"] or seen.classes & {"fault"}:
        found.append(f"a fault or a traceback: {answer['stderr'][:300]} {seen.classes}")
    wanted = accept | (set(CLASS.values()) - {"fault"} | {"clear_error"} if "neutralised" in accept else set())
    if not seen.classes & wanted:
        found.append(f"{sorted(seen.classes)} instead of {sorted(accept)}")
    if truth is True and "wrong_found" in seen.classes:
        found.append("a true equality is refuted")
    if truth is False and seen.classes <= {"normal_verdict"}:
        found.append("a false equality passes")
    if seen.plain - {"proved"}:
        found.append(f"the plain equality is {seen.plain}")
    if alive(seen.page):
        found.append(f"alive in the page: {alive(seen.page)[:5]}")
    controls = [
        c for c in answer["stdout"] + answer["stderr"] if (ord(c) < 32 and c != "\n") or ord(c) in range(127, 160)
    ]
    if controls or any(c in answer["stdout"] + answer["stderr"] for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"):
        found.append("raw control characters on the terminal")
    if answer["wall"] > WALL or answer["peak_mb"] > MEMORY:
        found.append(f"{answer['wall']} s, {answer['peak_mb']} MB")
    return found


# -- our own files -----------------------------------------------------------------------------------------------------
OWN = json.loads((HERE / "files" / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    names = sorted(OWN)
    return dict(zip(names, watch([HERE / "files" / n for n in names], tmp_path_factory.mktemp("own")), strict=True))


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_hostile_file_is_harmless(own: dict[str, Seen], name: str) -> None:
    """It gets an accepted outcome, does nothing, and the plain equality beside it is judged."""
    expected = OWN[name]
    assert faults(own[name], set(expected["accept"]), expected.get("truth")) == []
    assert not expected.get("plain", True) or own[name].plain == {"proved"}
    text = own[name].answer["stdout"] + own[name].answer["stderr"]
    assert all(word in text for word in expected.get("says", []))


# -- the sample documents ----------------------------------------------------------------------------------------------
# Where the product takes another way than the list accepts; each with the reason why that is right.
OTHERWISE = {
    "code-print": ({"wrong_found"}, "letters side by side are a product: a false equation, and nothing is run"),
    "code-problem-field": ({"clear_error"}, "an unknown section of a problem file is an error with its place"),
    "trick-macro-redef-frac": ({"normal_verdict"}, "the redefinition is honoured: the page shows 1 = 1"),
    "trick-macro-redef-det": ({"normal_verdict"}, "the redefinition is honoured: the page shows 0 A = 0"),
    "trick-macro-text-in-math": ({"wrong_found"}, "1 = 2 is refuted; the remark beside it changes nothing"),
    "look-greek-omicron": ({"refused"}, "a letter that looks like another is refused by name"),
    "look-roman-O-zero": ({"normal_verdict"}, "a name alone on the left is defined, not claimed"),
    "res-cas-ode-stiff": ({"normal_verdict"}, "it declares a flow; nothing is claimed of it"),
    "trick-macro-redef-eq": ({"wrong_found"}, "the redefinition is honoured: the page shows 1 = 2"),
    "trick-macro-color-white": ({"refused"}, "text that cannot be seen is refused by name"),
    "res-parse-sum-1e6": ({"clear_error"}, "the file is larger than the limit on files"),
    "res-parse-matrix-1e6-rows": ({"clear_error"}, "the file is larger than the limit on files"),
    "res-parse-sinx2-15": ({"wrong_found"}, "it is false under every reading"),
    "res-json-deep": ({"normal_verdict"}, "a JSON file is no problem file: a text without a claim, exit code 5"),
    "res-json-bigint": ({"normal_verdict"}, "a JSON file is no problem file: a text without a claim, exit code 5"),
    "res-json-dup": ({"normal_verdict"}, "a JSON file is no problem file: a text without a claim, exit code 5"),
    "res-json-nan": ({"normal_verdict"}, "a JSON file is no problem file: a text without a claim, exit code 5"),
    "res-yaml-laughs": ({"normal_verdict"}, "a YAML file is no problem file: a text without a claim, exit code 5"),
    "enc-ctrl": ({"refused"}, "the formula with the control character is refused, the rest is judged"),
    "look-cyrillic-a": ({"refused"}, "a Cyrillic letter is refused by name"),
    "look-nu-v": ({"normal_verdict"}, "a name alone on the left is defined, and the definition shows both letters"),
    "look-roman-l-one": ({"normal_verdict"}, "a name alone on the left is defined, not claimed"),
    "math-inf-minus-inf": ({"undecided"}, "undecided because infinite values are added"),
    "math-unused-symbol": ({"undecided"}, "f is said by f itself: a function of which no definition is read"),
    "math-text-nan": ({"normal_verdict"}, "a name alone on the left is defined, not claimed"),
    "res-macro-loop": ({"normal_verdict"}, "a loop outside of mathematics is no formula: the plain equality is judged"),
    "res-parse-open-brace-1e5": ({"normal_verdict", "refused"}, "no claim is made of it; the plain equality is judged"),
}
TRUTH = {"true": True, "false": False}  # as the list writes it; "open" and null are neither
EVERY = 12  # of the other documents, one in so many is always on


def rows(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "hostile" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    found = [row for row in map(json.loads, lines) if row["kind"] in ("document", "problem_file")]
    assert len(found) > 200
    return found


def built(shared: Path, wanted: list[dict[str, Any]], folder: Path) -> list[Path]:
    """The file of every row; what is not stored is built by the maker of the samples."""
    spec = importlib.util.spec_from_file_location("make_hostile", shared / "hostile" / "make_hostile.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    found = []
    for row in wanted:
        if row["file"]:
            found.append(shared / "hostile" / row["file"])
            continue
        place = folder / row["id"]
        place.mkdir()
        maker.BUILDERS[row["id"]](place)
        found.append(next(p for p in place.iterdir() if p.name in ("a.md", "p.json", "p.toml")))
    return found


def wrong(shared: Path, wanted: list[dict[str, Any]], folder: Path) -> dict[str, list[str]]:
    """What must not be, for every document of the list."""
    (folder / "built").mkdir()
    seen = watch(built(shared, wanted, folder / "built"), folder)
    found: dict[str, list[str]] = {}
    for row, one in zip(wanted, seen, strict=True):
        accept = set(row["accept"]) | OTHERWISE.get(row["id"], (set(), ""))[0]
        truth = TRUTH.get(row["truth"]) if row["id"] not in OTHERWISE else None
        problems = faults(one, accept, truth)
        if problems:
            found[row["id"]] = problems
    return found


def test_a_sample_of_the_hostile_documents(shared: Path, tmp_path: Path) -> None:
    """Every eighth of the sample documents: accepted outcomes, nothing run, nothing hidden."""
    assert wrong(shared, rows(shared)[::EVERY], tmp_path) == {}


@pytest.mark.quality
def test_every_hostile_document(shared: Path, tmp_path: Path) -> None:
    """All of them."""
    assert wrong(shared, rows(shared), tmp_path) == {}


def test_the_list_says_what_is_true(shared: Path) -> None:
    """Enough of the documents are known to be true or false: a word that is spelled otherwise would ask nothing."""
    said = [TRUTH.get(row["truth"]) for row in rows(shared)]
    assert said.count(True) > 10
    assert said.count(False) > 40


# -- the checks of this file can fail ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "page",
    ["<script>1</script>", "<p onclick='x'>", "<a href='javascript:x'>", "<meta http-equiv=refresh>", "<img src=x>"],
)
def test_a_live_page_is_seen(page: str) -> None:
    """The search for live markup finds each kind."""
    assert alive(page)


ACTS = [
    "open('HC_MARKER', 'w')",
    "open('/etc/hostname')",
    "__import__('os').system('true')",
    "__import__('subprocess').run(['true'])",
    "__import__('socket').create_connection(('127.0.0.1', 9))",
    "compile('payload_of_document', 'x', 'eval')",
    "__import__('os').mkdir('HC_MARKER')",
]


@pytest.mark.parametrize("act", ACTS)
def test_the_watch_sees_it(act: str, tmp_path: Path) -> None:
    """The audit hook reports each forbidden act when the checked program does it."""
    code = (
        "import sys, runpy, pathlib; w = runpy.run_path(sys.argv[1]); d = pathlib.Path('d.md');"
        "d.write_text('payload_of_document'); (pathlib.Path('out')).mkdir(); watch = w['Watch']('out');"
        "sys.addaudithook(watch)\n"
        "def act(_):\n"
        "    try:\n"
        f"        {act}\n"
        "    except OSError:\n"
        "        pass\n"
        "print(w['check'](act, watch, 'd.md', pathlib.Path('out'), [])['violations'])"
    )
    command = [sys.executable, "-c", code, str(HERE / "watched.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() != "[]"


def documents_of(folder: Path) -> Iterator[Path]:
    yield from sorted(p for p in folder.iterdir() if p.suffix in (".md", ".tex", ".toml"))


def test_every_own_file_is_listed() -> None:
    """No file lies about without an expectation."""
    assert {p.name for p in documents_of(HERE / "files")} == set(OWN)
