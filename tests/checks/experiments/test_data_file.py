"""Data from a file: only inside the folder, of the right shape and size, finite."""

import numpy as np
import pytest

from twofold.checks.experiments import data_file
from twofold.checks.experiments.data_file import read_data
from twofold.checks.experiments.record import BadExperiment


def test_csv_and_npy_are_read(tmp_path):
    """With and without a line of names, integers and floats, Windows line ends, an empty last line."""
    (tmp_path / "a.csv").write_text("x, y\r\n1, 2.5\r\n-3, 4e-1\r\n\r\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("1,2\n3,4\n", encoding="utf-8")
    np.save(tmp_path / "c.npy", np.array([[1, 2], [3, 4]]))
    assert read_data("a.csv", tmp_path, 2).tolist() == [[1, 2.5], [-3, 0.4]]
    assert read_data("b.csv", tmp_path, 2).tolist() == [[1, 2], [3, 4]]
    assert read_data("c.npy", tmp_path, 2).tolist() == [[1, 2], [3, 4]]
    np.save(tmp_path / "d.npy", np.array([1.0, 2.0, 3.0]))
    assert read_data("d.npy", tmp_path, 1).shape == (3, 1)


def test_nothing_is_read_without_permission(tmp_path):
    """No folder, no file."""
    (tmp_path / "a.csv").write_text("1\n2\n", encoding="utf-8")
    with pytest.raises(BadExperiment, match="permission"):
        read_data("a.csv", None, 1)


@pytest.mark.parametrize("path", ("../a.csv", "/etc/passwd", "sub/../../a.csv", "link.csv", "sub", "a\x00.csv"))
def test_nothing_outside_of_the_folder_is_read(tmp_path, path):
    """Parents, absolute paths, symbolic links that lead out, folders."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "a.csv").write_text("1\n2\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(BadExperiment, match=r"below the folder|beside the document"):
        read_data(path, folder, 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    (
        ("a.csv", "1,2\n3,nan\n", "row 2 of 'a.csv' holds NaN"),
        ("a.csv", "1,2\n3,inf\n", "holds NaN or infinity"),
        ("a.csv", "1,2\n", "at least two data points"),
        ("a.csv", "", r"shape \(n, 2\)"),
        ("a.csv", "1\n2\n", r"shape \(n, 2\), a row for each point; 'a.csv' has \(2, 1\)"),
        ("a.csv", "1,2\n3\n", "2 numbers in line 2"),
        ("a.csv", "x,y\n1,2\nz,4\n", "numbers in line 3"),
        ("a.txt", "1,2\n3,4\n", "ends in .csv or .npy"),
        ("a.npy", "no array", "NPY file of numbers"),
    ),
)
def test_bad_content_is_told(tmp_path, name, content, message):
    """NaN, one point, the wrong width, ragged lines, text, another kind of file."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadExperiment, match=message):
        read_data(name, tmp_path, 2)


def test_bytes_that_are_no_text_are_told(tmp_path):
    """A binary file with the ending of a table."""
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(BadExperiment, match="UTF-8"):
        read_data("a.csv", tmp_path, 1)


def test_pickled_and_complex_arrays_are_refused(tmp_path):
    """An object array would run code when it is read."""
    np.save(tmp_path / "a.npy", np.array([{"a": 1}, {"b": 2}]), allow_pickle=True)
    np.save(tmp_path / "b.npy", np.array([1j, 2j]))
    for name in ("a.npy", "b.npy"):
        with pytest.raises(BadExperiment, match="numbers"):
            read_data(name, tmp_path, 1)


def test_sizes_are_limited(tmp_path, monkeypatch):
    """Bytes before reading, rows while reading."""
    (tmp_path / "a.csv").write_text("1\n" * 50, encoding="utf-8")
    monkeypatch.setattr(data_file, "MOST_ROWS", 40)
    with pytest.raises(BadExperiment, match="at most 40 data points"):
        read_data("a.csv", tmp_path, 1)
    monkeypatch.setattr(data_file, "MOST_BYTES", 20)
    with pytest.raises(BadExperiment, match="data file of at most"):
        read_data("a.csv", tmp_path, 1)


def test_a_header_that_promises_too_much_allocates_nothing(tmp_path):
    """An NPY header of a giant shape in a short file is refused."""
    np.save(tmp_path / "a.npy", np.zeros((2, 1)))
    raw = (tmp_path / "a.npy").read_bytes()
    assert b"(2, 1), }      " in raw
    raw = raw.replace(b"(2, 1), }      ", b"(2000000000,1)}")
    (tmp_path / "a.npy").write_bytes(raw)
    with pytest.raises(BadExperiment, match="NPY file of numbers"):
        read_data("a.npy", tmp_path, 1)
