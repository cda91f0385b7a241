"""A zoo of planted bugs: each must turn the tests red.

bugs.py               the bugs: one tiny patch each, and the tests that catch it
bugs_of_decisions.py  those where people decide
cage.py               copy the project, plant a bug in the copy, run its tests there
__main__.py           `python -m tests.zoo`: all of them, as a table
"""
