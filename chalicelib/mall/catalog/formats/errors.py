"""Why a file can not be read at all."""

from chalicelib.core.errors import DomainError


class FileUnreadable(DomainError):
    """``details.reason``: for people."""

    code, status, message = "file_unreadable", 422, "文件无法读取：{reason}"
