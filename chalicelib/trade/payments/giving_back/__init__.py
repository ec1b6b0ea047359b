"""Money of a paid order that goes back by a rule, without goods coming back."""
