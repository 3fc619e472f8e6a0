import { folderWith } from '../fixtures.ts';

/** A FastMCP server as people write them. */
export const SERVER = `
from fastmcp import FastMCP

mcp = FastMCP("hello")


@mcp.tool
def greet(name: str) -> str:
    """Greets."""
    return f"hello {name}"
`;

/** A folder with a server; gone after the tests of the file. */
export function serverFolder(files: Readonly<Record<string, string>> = {}): string {
  return folderWith({ 'server.py': SERVER, 'requirements.txt': 'fastmcp>=4,<5\n', ...files });
}
