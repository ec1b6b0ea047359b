"""Completion by WeChat's word."""
