"""Verify derivations about generative models twice: derived in symbols, tested in numbers."""
