"""The ground floor: imports nothing of ours.

asking.py     what is asked of a person, and what comes of it
bucket.py     the one door to object stores
canonical.py  one byte form per typed value, and the digest that names it
chance.py     the one door to randomness
clock.py      the one door to the time
errors.py     what went wrong, what is safe, what to type next
faults.py     the named fault points of the product
folders.py    folders and small files on a disk that may lose power
home.py       the folder that holds all local state
meter.py      what the running stage has cost so far
money.py      US dollars as integers of a billionth
patience.py   bounded retries with jitter, for what an outage stops
profile_files.py the values of a profile as they stand in files
sql.py        the one door to SQL: engines, short transactions, named errors
"""
