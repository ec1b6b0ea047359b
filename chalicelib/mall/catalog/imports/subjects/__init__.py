"""What imports can bring in: how a record becomes a plan, and a plan is written."""
