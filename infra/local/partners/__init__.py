"""The partners of the mall, played strictly on the loopback: WeChat, WeChat Pay, Kuaidi100.

They speak the real protocols, know nothing of the mall's code, and stand in for partners that have no test
environment. Tests and the laptop use them; a mall in production refuses to.
"""

from infra.local.partners.exchange import Refused
from infra.local.partners.world import Partners, start

__all__ = ["Partners", "Refused", "start"]
