"""The table of contents of the deployment: every Lambda function by name, and nothing else.

Queue and schedule functions stand here and not in blueprints: Lambda loads a blueprint's function
without this module, so the house would not be wired.
"""

import gc

# All that is imported stays: a collection in between finds nothing and is a tenth of the cold start.
gc.disable()

from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from chalicelib import wiring
from chalicelib.core import inbox, jobs, logs
from chalicelib.core.api import House
from chalicelib.core.settings import settings

logs.configure(settings().log_level)
app = House("siyu")
wiring.furnish(app)

PREFIX = settings().table_prefix
MINUTE = Rate(1, unit=Rate.MINUTES)


@app.on_sqs_message(queue=PREFIX + "reactions", batch_size=10)
def reactions(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.on_sqs_message(queue=PREFIX + "payments", batch_size=5)
def payments(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.on_sqs_message(queue=PREFIX + "catalog", batch_size=1)
def catalog(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.on_sqs_message(queue=PREFIX + "fulfillment", batch_size=10)
def fulfillment(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.on_sqs_message(queue=PREFIX + "tracking", batch_size=10)
def tracking(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.on_sqs_message(queue=PREFIX + "posters", batch_size=2)
def posters(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.on_sqs_message(queue=PREFIX + "notifications", batch_size=10)
def notifications(event: SQSEvent) -> dict[str, Any]:
    return inbox.handle(event.to_dict())


@app.schedule(MINUTE)
def deliver_due_events(event: CloudWatchEvent) -> None:
    jobs.run("deliver_due_events")


@app.schedule(MINUTE)
def refresh_search_index(event: CloudWatchEvent) -> None:
    jobs.run("refresh_search_index")


@app.schedule(Rate(1, unit=Rate.DAYS))
def rebuild_search_index(event: CloudWatchEvent) -> None:
    jobs.run("rebuild_search_index")


@app.schedule(Rate(1, unit=Rate.HOURS))
def count_hot_words(event: CloudWatchEvent) -> None:
    jobs.run("count_hot_words")


@app.schedule(Rate(10, unit=Rate.MINUTES))
def run_backfills(event: CloudWatchEvent) -> None:
    jobs.run("run_backfills")


@app.schedule(Rate(10, unit=Rate.MINUTES))
def poll_refunds(event: CloudWatchEvent) -> None:
    jobs.run("poll_refunds")


@app.schedule(Rate(1, unit=Rate.HOURS))
def reconcile_payments(event: CloudWatchEvent) -> None:
    jobs.run("reconcile_payments")


@app.schedule(Rate(1, unit=Rate.DAYS))
def check_ledgers(event: CloudWatchEvent) -> None:
    jobs.run("check_ledgers")


@app.schedule(Rate(1, unit=Rate.DAYS))
def evaluate_segments(event: CloudWatchEvent) -> None:
    jobs.run("evaluate_segments")


@app.schedule(Rate(1, unit=Rate.DAYS))
def refresh_audiences(event: CloudWatchEvent) -> None:
    jobs.run("refresh_audiences")


@app.schedule(Rate(1, unit=Rate.DAYS))
def expire_points(event: CloudWatchEvent) -> None:
    jobs.run("expire_points")


@app.schedule(Rate(1, unit=Rate.HOURS))
def give_day_gifts(event: CloudWatchEvent) -> None:
    jobs.run("give_day_gifts")


@app.schedule(Rate(10, unit=Rate.MINUTES))
def close_campaigns(event: CloudWatchEvent) -> None:
    jobs.run("close_campaigns")


@app.schedule(Rate(5, unit=Rate.MINUTES))
def mend_flash_sales(event: CloudWatchEvent) -> None:
    jobs.run("mend_flash_sales")


@app.schedule(Rate(10, unit=Rate.MINUTES))
def close_groups(event: CloudWatchEvent) -> None:
    jobs.run("close_groups")


@app.schedule(Rate(15, unit=Rate.MINUTES))
def poll_tracking(event: CloudWatchEvent) -> None:
    jobs.run("poll_tracking")


gc.freeze()
gc.enable()
