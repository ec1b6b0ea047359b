"""What happens to shipments and parcels."""

from chalicelib.core.events import Event


class ParcelEvent(Event):
    """Names a parcel. ``order_id`` and ``parcel_id`` are its key; with ``member_id``, the order's."""

    member_id: str
    order_id: str
    parcel_id: str


class ParcelShipped(ParcelEvent):
    """Staff handed it over (or delivered without a courier)."""


class SideParcelShipped(ParcelEvent):
    """A parcel of an after-sale is on its way: ``order_id`` is the after-sale's id."""


class SideParcelDelivered(ParcelEvent):
    """The courier says that a parcel of an after-sale was signed for: ``order_id`` is the after-sale's id."""


class WaybillCorrected(ParcelEvent):
    """Staff mended its carrier or number; what was known of the old number is void."""

    old_waybill: str = ""


class ParcelMoved(ParcelEvent):
    """Its status changed, by what the courier says."""

    status: str


class ParcelDelivered(ParcelEvent):
    """The courier says that it was signed for."""


class ParcelInTrouble(ParcelEvent):
    """It came to a state that a person should look at: refused, returned, a problem, or stuck."""

    trouble: str
