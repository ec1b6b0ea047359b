"""What buyers are told of their messages and tickets."""
