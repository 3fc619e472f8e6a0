"""The host: what stands between a socket and a FastMCP server, for containers, for Lambda's web adapter and for the laptop.

Nothing is imported here: the start of a process is paid for by every cold start.
"""
