"""Refusals of bounds."""

from chalicelib.core.errors import DomainError


class EnoughForToday(DomainError):
    code, status, message = "enough_for_today", 429, "今天提交得太多了，请明天再来"
