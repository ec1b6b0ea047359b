"""Sending pictures."""

from __future__ import annotations

from dataclasses import asdict

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.uploads import service
from chalicelib.mall.uploads.schemas import AskPicture, PictureForm

api = Api("uploads", title="图片上传 Uploads")


@api.post("/me/media", status=201)
def ask_picture(buyer: Buyer, body: AskPicture) -> PictureForm:
    """Ask for a signed form with which I send one picture (5 MB)."""
    return PictureForm(**asdict(service.ask(body)))
