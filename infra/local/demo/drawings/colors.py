"""Colors that many drawings share."""

WOOD, CREAM, INK = "#c99868", "#fbf3e4", "#4a4453"
