"""The laptop's cloud: everything AWS and the partners do, in one process. Never shipped."""
