/** Path of the MCP endpoint on every host. Fixed: the resource identifier and the well-known paths are derived from it. */
export const MCP_PATH = '/mcp';
