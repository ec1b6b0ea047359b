"""Refusals of exports."""

from chalicelib.core.errors import DomainError


class DataExportNotFound(DomainError):
    """There is none, or it is of a kind that the person may not read."""

    code, status, message = "data_export_not_found", 404, "导出任务不存在"


class DataExportNotReady(DomainError):
    """It is being written, failed, was canceled, or its file is over. ``details.status``."""

    code, status, message = "data_export_not_ready", 409, "文件还没有生成或已过期"


class DataExportOver(DomainError):
    """There is nothing to cancel any more. ``details.status``."""

    code, status, message = "data_export_over", 409, "这次导出已经结束"


class DataExportRunning(DomainError):
    """Only what failed, was canceled or is over is run again. ``details.status``."""

    code, status, message = "data_export_running", 409, "这次导出不需要重新执行"


class TooManyDataExports(DomainError):
    """``details.limit``: of one person at once."""

    code, status, message = "too_many_data_exports", 409, "同时进行的导出不能超过 {limit} 个，请等待完成"


class SourceGone(DomainError):
    """What a file is made of was deleted. A kind raises it; never leaves the worker."""

    code = "export_source_gone"


class FileOvertaken(DomainError):
    """Another worker has saved meanwhile, or it was canceled. Never leaves the worker."""

    code = "file_overtaken"
