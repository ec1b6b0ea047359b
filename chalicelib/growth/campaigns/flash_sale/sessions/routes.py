"""What buyers may ask about sessions."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.campaigns.flash_sale.errors import SessionNotFound
from chalicelib.growth.campaigns.flash_sale.sessions import service
from chalicelib.growth.campaigns.flash_sale.sessions.schemas import SessionPage, SessionsView

api = Api("flash_sale", title="秒杀 Flash sale")


@api.get("/flash-sale/sessions")
def list_sessions() -> SessionsView:
    """List today's and tomorrow's sessions, and those of last night that still run."""
    return service.sessions()


@api.get("/flash-sale/sessions/{session_id}", raises=[SessionNotFound])
def show_session(session_id: str) -> SessionPage:
    """Show a session with its goods and what is left of them."""
    return service.page(session_id)
