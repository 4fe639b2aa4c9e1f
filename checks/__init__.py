"""Claims, evidence, verdicts, and one file per kind of check."""
