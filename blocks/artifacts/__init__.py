"""The bytes: content-addressed, written once, checked on every read.

bucket.py          an object store: create-only writes, whole reads
cipher.py          AES-256-GCM under data keys, bound to tenant, name and header
envelope.py        the one reader and writer of stored bytes: version, media type, compression, encryption, checksum
key_holder.py      who keeps the keys that wrap data keys: the environment, a file, AWS KMS
local.py           a folder: temporary file, fsync, link, fsync of the folder
locked.py          why encrypted content cannot be opened
memory.py          a dictionary, for the profile `memory`
moving.py          copy envelopes from one shelf to another
names.py           where an envelope lies on a shelf that has paths
store.py           put and get by digest, over any shelf
trial_of_store.py  can an object store be trusted: its promises, tried one by one
"""
