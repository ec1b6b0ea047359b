"""Share posters, drawn on a queue. Rules, promise and the format of templates: docs/algorithms/posters.md."""
