r"""Experiments: statements in words that no algebra decides, each measured on a declared flow or energy.

One kind of experiment a file; every one is a function

    experiment(context, law, settings, seed) -> Experiment

from what a document declares to a record (`record.py`) whose rows say what was measured, with the evidence.
"""
