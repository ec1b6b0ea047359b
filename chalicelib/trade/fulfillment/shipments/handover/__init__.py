"""Handing over: parcels leave, wrong waybills are mended."""
