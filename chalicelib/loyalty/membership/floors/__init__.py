"""The worst case of member prices."""
