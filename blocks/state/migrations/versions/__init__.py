"""The steps, oldest first; a step that was released is never edited.

m0001_pre_create_state.py  runs, leases, stages, run_stages, events, artifacts
"""
