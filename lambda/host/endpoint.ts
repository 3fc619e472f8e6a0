/** Path of the MCP endpoint on every host. Fixed: the resource identifier and the well-known paths are derived from it. */
export const MCP_PATH = '/mcp';

/** Path that load balancers and people ask whether the process serves. Needs no authentication and tells nothing else. */
export const HEALTH_PATH = '/health';
