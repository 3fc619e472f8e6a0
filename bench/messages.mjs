// The requests that every row answers, as a client sends them: of 2026-07-28, or of 2025-11-25, without a session.
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
};

/** @param call a method; `tools/call` may be followed by the name of a tool */
export function message(call, id, era = '2026-07-28') {
  const modern = era === '2026-07-28';
  const [method, tool = 'echo'] = call.split(' ');
  const params = method === 'tools/call' ? { name: tool, arguments: { text: 'x'.repeat(1024) } } : {};
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': era,
      ...(modern && { 'mcp-method': method, ...(params.name && { 'mcp-name': params.name }) }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, ...(modern && { _meta: meta }) } }),
  };
}

/** The event of a Function URL, payload format 2.0. */
export function functionUrlEvent(call, id) {
  const { headers, body } = message(call, id);
  return {
    version: '2.0',
    rawPath: '/mcp',
    rawQueryString: '',
    headers: { host: 'bench.lambda-url.us-east-1.on.aws', ...headers },
    requestContext: {
      domainName: 'bench.lambda-url.us-east-1.on.aws',
      requestId: `bench-${id}`,
      http: { method: 'POST', path: '/mcp', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
    },
    body,
    isBase64Encoded: false,
  };
}
