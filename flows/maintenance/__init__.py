"""What the system runs for itself.

wake_stalled.py  runs whose process died, and runs that an outage parked, go on; scheduled every half minute
"""
