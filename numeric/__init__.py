"""Balls, quadrature, ODE integration, sampling and test statistics over callables and arrays."""
