"""Stores of py-key-value, opened by the URL of the wiring: the same URLs and the same bytes as in the TypeScript half."""
