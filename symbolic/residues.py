r"""Remainders of huge integers: 9^(9^9) mod 10 without ever building 9^(9^9).

    a^e mod m = a^(e mod lambda(m) + lambda(m)) mod m   for e >= log2 m,   lambda the Carmichael function

so a tower of powers needs only remainders of its exponents.  Two integers that leave different remainders modulo some p
are different; equal remainders prove nothing.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from .tree import Apply, Node, Number, children, with_children

LARGEST_MODULUS = 10**12
LARGEST_EXACT = 10**6
PRIMES = (1_000_003, 999_983, 998_244_353, 9_973, 101)


def short_value(node: Node) -> int | None:
    """The exact value of a constant integer expression while it stays below the limit; None beyond, or for others."""
    if isinstance(node, Number):
        return int(node.value) if node.value.denominator == 1 and abs(node.value) <= LARGEST_EXACT else None
    if not isinstance(node, Apply) or node.op not in ("add", "mul", "neg", "pow"):
        return None
    parts = [short_value(a) for a in node.args]
    if any(p is None for p in parts):
        return None
    values = [p for p in parts if p is not None]
    if node.op == "pow":
        base, exponent = values
        if exponent < 0 or (abs(base) > 1 and exponent > 40):
            return None
        found = base**exponent
    elif node.op == "neg":
        found = -values[0]
    elif node.op == "add":
        found = sum(values)
    else:
        found = 1
        for v in values:
            found *= v
    return found if abs(found) <= LARGEST_EXACT else None


def is_huge(node: Node) -> bool:
    """Whether a power tower of integers >= 2 certainly exceeds the limit of short values."""
    if isinstance(node, Number):
        return node.value.denominator == 1 and node.value > LARGEST_EXACT
    if isinstance(node, Apply) and node.op == "pow" and short_value(node) is None:
        base, exponent = node.args
        big_base = is_huge(base) or (short_value(base) or 0) >= 2
        e = short_value(exponent)
        return big_base and (is_huge(exponent) or (e is not None and e >= 1))
    return False


def remainder(node: Node, modulus: int) -> int | None:
    """The remainder of a constant integer expression; None where it is none, or its form is not known."""
    if not 0 < modulus <= LARGEST_MODULUS:
        return None
    if isinstance(node, Number):
        return int(node.value) % modulus if node.value.denominator == 1 else None
    if not isinstance(node, Apply):
        return None
    if node.op == "pow":
        return power_remainder(node, modulus)
    if node.op not in ("add", "mul", "neg"):
        return None
    parts = [remainder(a, modulus) for a in node.args]
    if any(p is None for p in parts):
        return None
    values = [p for p in parts if p is not None]
    if node.op == "neg":
        return -values[0] % modulus
    if node.op == "add":
        return sum(values) % modulus
    found = 1
    for v in values:
        found = found * v % modulus
    return found


def power_remainder(node: Apply, modulus: int) -> int | None:
    base = remainder(node.args[0], modulus)
    if base is None:
        return None
    exact = short_value(node.args[1])
    if exact is not None:
        return pow(base, exact, modulus) if exact >= 0 else None
    if not is_huge(node.args[1]):
        return None
    period = carmichael(modulus)
    rest = remainder(node.args[1], period)
    return None if rest is None else pow(base, rest + period * (1 + modulus.bit_length() // period), modulus)


def carmichael(n: int) -> int:
    """The exponent of the group of units modulo n."""
    found, p = 1, 2
    while p * p <= n:
        if n % p == 0:
            q = 1
            while n % p == 0:
                n, q = n // p, q * p
            order = q // p * (p - 1)
            found = lcm(found, order // 2 if p == 2 and q >= 8 else order)
        p += 1
    return lcm(found, n - 1) if n > 1 else found


def with_remainders(node: Node) -> Node:
    """Every `a mod m` of huge constants in its value."""
    parts = children(node)
    if parts:
        node = with_children(node, tuple(with_remainders(p) for p in parts))
    if isinstance(node, Apply) and node.op == "mod":
        modulus = short_value(node.args[1])
        if modulus is not None and modulus > 0 and short_value(node.args[0]) is None:
            found = remainder(node.args[0], modulus)
            if found is not None:
                return Number(Fraction(found), "", node.span)
    return node


def told_apart(lhs: Node, rhs: Node) -> tuple[int, int, int] | None:
    """(p, lhs mod p, rhs mod p) with different remainders, for two constant integers; None when nothing is found."""
    for prime in PRIMES:
        left, right = remainder(lhs, prime), remainder(rhs, prime)
        if left is None or right is None:
            return None
        if left != right:
            return prime, left, right
    return None
