"""One command from a work tree to a running mall, and one back. What it does in order: :mod:`infra.deploy.plan`."""
