"""WeChat mini-program server API: login, phone number, the access token behind the rest."""
