"""Staff accounts and roles. Each is one small partition, so that a list needs no index and no scan."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core import ids
from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

TEAM = "mall"
OWNER = "owner"
"""The built-in role: holds ``*`` and can not be changed. At least one active account always has it."""

EVERYTHING = "*"
EVERYWHERE = "stores.everywhere"
"""The permission to act for every store."""
MAX_STORES_OF_ONE = 50
PERMISSIONS = {
    "catalog.read": "查看商品",
    "catalog.write": "编辑商品、上下架",
    "catalog.import": "导入导出商品文件",
    "inventory.read": "查看库存",
    "inventory.write": "调整库存",
    "orders.read": "查看订单",
    "orders.write": "处理订单",
    "shipping.read": "查看发货与物流",
    "shipping.write": "发货、改运单、处理物流异常",
    "aftersales.read": "查看售后",
    "aftersales.write": "处理售后、主动退款",
    "aftersales.appeals": "裁决售后申诉",
    "payments.read": "查看支付与退款",
    "payments.write": "处理退款",
    "invoices.read": "查看发票",
    "invoices.write": "开具、驳回、红冲发票",
    "reviews.read": "查看评价",
    "reviews.write": "审核、回复评价",
    "members.read": "查看会员（手机号脱敏）",
    "members.private": "查看会员完整手机号",
    "members.write": "编辑会员",
    "stores.read": "查看门店与仓库",
    "stores.write": "编辑门店与仓库",
    "layouts.read": "查看首页装修",
    "layouts.write": "编辑、发布首页装修",
    "stores.everywhere": "在所有门店办理业务（总部）",
    "pickup.read": "查看所属门店的自提单、服务券与核销记录",
    "codes.write": "上传、撤回卡密，查看剩余数量",
    "pickup.verify": "在所属门店核销自提单与服务券",
    "sharing.read": "查看海报与短码",
    "sharing.write": "编辑海报模板与短码",
    "coupons.read": "查看优惠券",
    "coupons.write": "编辑、发放优惠券",
    "coupons.redeem": "门店核销优惠券",
    "points.read": "查看积分",
    "points.write": "设置与调整积分",
    "wallet.read": "查看储值",
    "wallet.write": "设置与调整储值",
    "membership.read": "查看等级与权益",
    "membership.write": "设置等级与权益",
    "tasks.read": "查看签到与任务",
    "tasks.write": "设置签到与任务",
    "segments.read": "查看标签与人群",
    "segments.write": "编辑标签与人群",
    "audiences.export": "导出人群包",
    "campaigns.read": "查看营销活动",
    "campaigns.write": "编辑、上线、停止营销活动",
    "campaigns.below_cost": "允许活动价低于成本",
    "notifications.read": "查看消息发送记录",
    "notifications.write": "编辑消息模板",
    "service.read": "查看客服工单与会话",
    "service.write": "回复客服工单与会话、编辑常见问题",
    "staff.read": "查看员工与角色",
    "staff.write": "管理员工与角色",
    "data.export": "导出数据文件（另需能查看所导出的内容）",
    "operations.read": "查看操作日志",
    "settings.read": "查看设置",
    "settings.write": "修改设置",
}
"""Every permission there is: a role can hold no other. A feature that needs a new one adds its line here."""


class Account(Table):
    """One person of the staff. The id is derived from the username: that makes the name unique, for ever."""

    class Meta:
        table_name = table_name("staff")

    team = UnicodeAttribute(hash_key=True, default=TEAM)
    id = UnicodeAttribute(range_key=True)
    username = UnicodeAttribute()
    name = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    credentials_version = IntAttribute(default=1)
    """In every token; a new one makes the old tokens worthless."""
    role_id = UnicodeAttribute()
    active = BooleanAttribute(default=True)
    store_ids = DocumentAttribute[list[str]](list[str], default=list)
    """The stores where this person works; ``mall/stores/clerks`` says who works where."""
    version = IntAttribute(default=1)
    """Counts edits: what was decided on an account as read is written only if it is still so."""
    created_at = TimeAttribute()
    logged_in_at = TimeAttribute(null=True)


class Role(Table):
    """A named set of permissions."""

    class Meta:
        table_name = table_name("roles")

    team = UnicodeAttribute(hash_key=True, default=TEAM)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    permissions = DocumentAttribute[list[str]](list[str])
    holders = IntAttribute(default=0)
    """How many active accounts have this role; changed in the transaction that changes an account."""
    version = IntAttribute(default=1)
    created_at = TimeAttribute()


def staff_id(username: str) -> str:
    """The id of the account of that name, whether it exists or not."""
    return ids.derive("stf", username)
