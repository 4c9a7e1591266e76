"""Benchmarks: each a ratio or a difference against a baseline measured in the same run."""
