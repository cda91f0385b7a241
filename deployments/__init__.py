"""The operations room: everything that starts, shows or steers.

    console/       the `holdfast` command
    local_server/  one quiet Prefect server on this machine, kept between commands
    stack/         PostgreSQL, an S3 store and Redis on this machine, for the profile production
    approval_page/ what waits for a person: a list, and a page for each request
    prefect_runs.py take flow runs from one Prefect database to another
    prefect_api.py which Prefect server this home works with
    applied.py     what `holdfast deploy` makes on a Prefect server
    capture_proxy/ what a paid model answers is on disk before a worker sees it
    companion.py   a process that is kept beside the local server
    announced.py   its web server, where it has one
    sweeper/       goes on with runs whose process died or that an outage parked
    samples/       sample documents of fictional firms, drawn by our own code

Beside the packages stand `prefect.yaml` (every flow as a deployment), `profiles` (the values of each named world),
`runbooks` (what to do when) and `decisions` (why it is so).
"""
