"""What the system runs for itself.

wake_stalled.py  runs whose process died, and runs that an outage parked, go on; to be scheduled every half minute
"""
