"""`python -m deployments.console`: the command, where its script is not on the path."""

from deployments.console.entry import main

if __name__ == "__main__":
    main()
