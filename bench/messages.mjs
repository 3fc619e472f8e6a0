// The requests that every row answers, as a 2026-07-28 client sends them.
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
};

/** @param call a method; `tools/call` may be followed by the name of a tool */
export function message(call, id) {
  const [method, tool = 'echo'] = call.split(' ');
  const params = method === 'tools/call' ? { name: tool, arguments: { text: 'x'.repeat(1024) } } : {};
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(params.name && { 'mcp-name': params.name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } }),
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
