"""What a check loads: nothing heavy in the parent that the document does not need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = ("sympy", "numpy", "scipy", "matplotlib", "mpmath", "jinja2", "math_core")
SCRIPT = """
import contextlib, io, json, sys
from twofold.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    code = main(["check", sys.argv[1]])
print(json.dumps([code, sorted({name.split(".")[0] for name in sys.modules})]))
"""


def test_an_equality_loads_nothing_heavy(tmp_path: Path) -> None:
    """An equality without laws is judged and printed without SymPy, numpy, scipy, matplotlib in the parent."""
    path = tmp_path / "equality.toml"
    path.write_text("[symbols]\nx = 'real'\n[[claim]]\nplain = '(x + 1)^2 = x^2 + 2*x + 1'\n")
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    code, loaded = json.loads(found.stdout)
    assert code == 0
    assert "flint" in loaded  # the balls were really used
    assert not set(HEAVY) & set(loaded)
