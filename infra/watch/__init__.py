"""What looks after the mall in CloudWatch: alarms and a dashboard, made from what there is to look after.

Generated, not written: a queue, a function or a job that somebody adds is watched without a line anywhere.
``python -m infra.watch --prefix siyu-prod-`` prints the template of this stack, which comes and goes without touching
the others.
"""

from infra.watch.facts import Mall, read
from infra.watch.template import template

__all__ = ["Mall", "read", "template"]
