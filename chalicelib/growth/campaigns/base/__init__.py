"""What all plays share: the record, its life, its boards, limits, stock set aside, statistics."""
