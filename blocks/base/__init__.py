"""The ground floor: imports nothing of ours.

asking.py           what is asked of a person, and what comes of it
bucket.py           the one door to object stores
bucket_access.py    how to reach one, and boto3's client
bucket_failures.py  what can go wrong with one, by name
canonical.py        one byte form per typed value, and the digest that names it
chance.py           the one door to randomness
clock.py            the one door to the time
errors.py           what went wrong, what is safe, what to type next
faults.py           the named fault points of the product
folders.py          folders and small files on a disk that may lose power
home.py             the folder that holds all local state
meter.py            what the running stage has cost so far
money.py            US dollars as integers of a billionth
patience.py         bounded retries with jitter, for what an outage stops
postgres.py         connections to a server that do not wait for ever
profiles.py         the named worlds, as files say
server_settings.py  whether a database server keeps what it committed
sql.py              the one door to SQL: engines, short transactions, named errors
table_copy.py       copy the rows of a table to another database, and name what it holds
"""
