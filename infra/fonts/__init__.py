"""The fonts of posters, made from a package of npm."""
