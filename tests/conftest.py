"""What all tests share: the folder of sample documents, and how Hypothesis searches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# A deadline would measure the load of the machine. In CI the search is the same on every run.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of sample documents: ``TWOFOLD_SHARED``, else ``shared`` beside the repository."""
    folder = Path(os.environ.get("TWOFOLD_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no sample documents at {folder}: they are not part of the repository (set TWOFOLD_SHARED)")
    return folder
