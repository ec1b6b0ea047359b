"""Refusals of imports and exports."""

from chalicelib.core.errors import DomainError


class ImportNotFound(DomainError):
    code, status, message = "import_not_found", 404, "导入任务不存在"


class ImportFileMissing(DomainError):
    """Upload the file with the form of the import, then start it."""

    code, status, message = "import_file_missing", 409, "还没有收到文件，请先上传"


class ImportOver(DomainError):
    """It has finished, was refused or failed; make a new one."""

    code, status, message = "import_over", 409, "这次导入已经结束"


class ExportNotFound(DomainError):
    code, status, message = "export_not_found", 404, "导出任务不存在"


class Overtaken(DomainError):
    """Another worker has saved meanwhile. Never leaves the workers."""

    code = "overtaken"
