/** What a person pastes to use a server from the clients that people have. */
export function clientConfiguration(name: string, mcpUrl: string): string {
  const json = (value: unknown): string => indent(JSON.stringify(value, undefined, 2));
  return [
    'Claude Code',
    indent(`claude mcp add --transport http ${name} ${mcpUrl}`),
    '',
    'VS Code, .vscode/mcp.json',
    json({ servers: { [name]: { type: 'http', url: mcpUrl } } }),
    '',
    'Cursor, .cursor/mcp.json',
    json({ mcpServers: { [name]: { url: mcpUrl } } }),
    '',
    'MCP inspector',
    indent('npx @modelcontextprotocol/inspector@2'),
    indent(`npx @modelcontextprotocol/inspector@2 --cli ${mcpUrl} --transport http --method tools/list`),
  ].join('\n');
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
