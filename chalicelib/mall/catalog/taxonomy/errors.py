"""Refusals of the taxonomy."""

from chalicelib.core.errors import DomainError


class CategoryNotFound(DomainError):
    code, status, message = "category_not_found", 404, "类目不存在"


class CategoryInUse(DomainError):
    """It has sub-categories or products."""

    code, status, message = "category_in_use", 409, "类目下还有子类目或商品，不能删除"


class CategoryMisplaced(DomainError):
    """Under itself, under nothing that exists, or too deep."""

    code, status, message = (
        "category_misplaced",
        409,
        "类目不能放在这里（上级不存在、是自身的下级，或超过 {max_depth} 级）",
    )


class BrandNotFound(DomainError):
    code, status, message = "brand_not_found", 404, "品牌不存在"


class BrandInUse(DomainError):
    code, status, message = "brand_in_use", 409, "还有商品使用这个品牌，不能删除"


class NameTaken(DomainError):
    code, status, message = "name_taken", 409, "同级已有同名的“{name}”"


class CodeTaken(DomainError):
    code, status, message = "code_taken", 409, "编码“{code}”已被使用"


class TaxonomyFull(DomainError):
    code, status, message = "taxonomy_full", 409, "数量已达上限 {limit}"


class TaxonomyEdited(DomainError):
    """Someone else changed the taxonomy in the same moment; asking again is safe."""

    code, status, message = "taxonomy_edited", 409, "其他人刚刚修改了类目或品牌，请重试"
