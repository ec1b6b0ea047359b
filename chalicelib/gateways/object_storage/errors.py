"""What the object storage refuses."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class UnsupportedMedia(DomainError):
    """Not one of the kinds of picture or video that the mall shows, or not what its name says it is."""

    code, status, message = "unsupported_media", 422, "不支持的图片或视频格式"


class MediaTooLarge(DomainError):
    """``limit``: the most bytes this kind of file may have."""

    code, status, message = "media_too_large", 422, "文件过大"


class UploadNotFound(DomainError):
    """Nothing was uploaded under this key, or it was refused before."""

    code, status, message = "upload_not_found", 422, "没有找到上传的文件，请重新上传"


class StorageUnavailable(DomainError):
    """The object storage did not answer; asking again is safe."""

    code, status, message = "storage_unavailable", 503, "文件服务暂时不可用，请稍后再试"
