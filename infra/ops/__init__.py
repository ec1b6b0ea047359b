"""Operating a mall: ``python -m infra.ops --stage prod status``. The book to it is docs/operations.md.

It knows names and shapes, needs no setting and no secret of the mall, and asks AWS alone; on a laptop, the AWS that
``make run`` plays. What changes something says first what it will do, and refuses production without ``--yes-prod``.
"""
