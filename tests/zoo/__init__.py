"""A zoo of planted bugs: each must turn the tests red.

bugs.py               the bugs: one tiny patch each, and the tests that catch it
bugs_of_decisions.py  those where people decide
bugs_of_money.py      those of paid calls and budgets
bugs_of_secrets.py    those of encrypted content
bugs_of_weights.py    those of weights and of parts of long answers
cage.py               copy the project, plant a bug in the copy, run its tests there
__main__.py           `python -m tests.zoo`: all of them, as a table
"""
