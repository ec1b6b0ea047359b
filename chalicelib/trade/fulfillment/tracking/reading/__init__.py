"""What a courier's list means for a parcel."""
