"""WeChat mini-program server API: login, phone number, shipping information, the access token behind the rest."""
