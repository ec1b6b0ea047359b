"""The order desk: how staff find, edit and count orders."""
