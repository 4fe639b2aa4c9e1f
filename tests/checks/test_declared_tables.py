"""What a document declares in words is a table that declares the same."""

from __future__ import annotations

from twofold.checks.declared_tables import declared_tables
from twofold.checks.material import material_of
from twofold.reports.grading.propose import named_twice
from twofold.reports.grading.toml_text import toml_text
from twofold.symbolic.context import AffineLaw, EnergyLaw, FlowLaw, MappedLaw
from twofold.symbolic.source import Source

TEXT = r"""
Let $Z \sim \mathcal{N}(0, I_2)$ and $Y = AZ$ with $A = \begin{pmatrix} 3/5 & 2/5 \\ 1/5 & 4/5 \end{pmatrix}$.

# Change of variables

Let $X \sim \mathcal{N}(0,1)$ and $W = e^X$, and let $w > 0$ and $-1 < r \le 2$.

# Flow

The path solves $\frac{dz}{dt} = f(z)$ with $f(z) = \begin{pmatrix} \tanh(z_1^3) \\ \tanh(z_2^3) \end{pmatrix}$.

# Energies

The model is $p_\phi(x) = \frac{e^{-E_\phi(x)}}{Z_\phi}$ with $Z_\phi = \int e^{-E_\phi(x)} \, dx$.
"""


def test_a_table_of_a_document_declares_what_the_document_declares() -> None:
    """Read again as a table, every law is the same one, and the bounds of numbers are the same bounds."""
    tables: dict[str, dict[str, object]] = {}
    for section, name, value in declared_tables(Source("solution.md", TEXT)):
        tables.setdefault(section, {})[name] = value
    assert tables["symbols"]["w"] == "positive"
    assert tables["symbols"]["r"] == "> -1, <= 2"
    assert tables["symbols"]["A"] == "= [[3/5, 2/5], [1/5, 4/5]]"
    assert set(tables["laws"]) == {"Z", "X"}
    again = material_of(Source("key.toml", toml_text(tables) + '[[claim]]\nplain = "1 = 1"\n')).contexts[0].laws
    first = {law.name: law for context in material_of(Source("s.md", TEXT)).contexts for law in context.laws.values()}
    for name, kind in (("Y", AffineLaw), ("W", MappedLaw), ("z", FlowLaw), ("p_phi", EnergyLaw)):
        one, other = first[name], again[name]
        assert isinstance(one, kind)
        assert isinstance(other, kind)
        for field in {"matrix", "offset", "base", "forward", "variables", "field", "energy"} & set(kind.__slots__):
            assert getattr(one, field) == getattr(other, field), (name, field)


def test_a_name_with_two_meanings_is_told() -> None:
    """A partition function of the name of a law: under the key one of them would be refuted, so that it says so."""
    tables = {"laws": {"Z": "N(0, 1)"}, "energies": {"q": {"energy": "x^4"}, "p": {"partition": "Z_p"}}}
    assert named_twice(tables) == ["Z"]
    assert named_twice({"energies": tables["energies"]}) == []
