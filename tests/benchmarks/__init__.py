"""Measurements, never part of `make test`: each prints ratios of things measured in the same run.

documents.py  what one document costs end to end, beside plain Prefect tasks that do nothing
"""
