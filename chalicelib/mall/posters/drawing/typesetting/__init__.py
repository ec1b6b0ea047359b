"""Breaking lines as Chinese is set."""
