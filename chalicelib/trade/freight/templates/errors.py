"""Refusals of freight templates."""

from chalicelib.core.errors import DomainError


class TemplateNotFound(DomainError):
    code, status, message = "freight_template_not_found", 404, "运费模板不存在"


class TemplateNameTaken(DomainError):
    code, status, message = "freight_template_name_taken", 409, "已有同名的运费模板“{name}”"


class TemplatesFull(DomainError):
    code, status, message = "freight_templates_full", 409, "运费模板最多 {limit} 个"


class TemplateInUse(DomainError):
    """Products name it, or it is the default."""

    code, status, message = "freight_template_in_use", 409, "有商品使用这个运费模板，或它是默认模板，不能删除"


class StaleTemplate(DomainError):
    """``details.version``: the version that is stored."""

    code, status, message = "stale_freight_template", 409, "其他人刚刚修改了这个运费模板，请刷新后再试"


class TemplatesEdited(DomainError):
    """Someone else changed the templates in the same moment; asking again is safe."""

    code, status, message = "freight_templates_edited", 409, "其他人刚刚修改了运费模板，请重试"
