"""Refusals of batches."""

from chalicelib.core.errors import DomainError


class BatchNotFound(DomainError):
    code, status, message = "batch_not_found", 404, "批量发货任务不存在"


class BatchFileMissing(DomainError):
    """Upload the file with the form of the batch, then start it."""

    code, status, message = "batch_file_missing", 409, "还没有收到文件，请先上传"


class BatchOver(DomainError):
    """It has finished or failed; make a new one."""

    code, status, message = "batch_over", 409, "这次批量发货已经结束"


class BatchOvertaken(DomainError):
    """Another worker has saved meanwhile. Never leaves the worker."""

    code = "batch_overtaken"
