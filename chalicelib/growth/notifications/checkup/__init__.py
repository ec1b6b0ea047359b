"""Do the templates that staff map exist at WeChat, with these keywords?"""
