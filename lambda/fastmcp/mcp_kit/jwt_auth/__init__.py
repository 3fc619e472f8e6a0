"""Bearer tokens in the form of JWTs (RFC 9068, RFC 6750, MCP authorization 2026-07-28): the decisions of ``lambda/auth``."""
