import { McpServer } from '@modelcontextprotocol/server';

import { serve } from '../../../lambda/serve.ts';

/** The smallest server: what the tests of the constructs deploy. */
export default serve(() => new McpServer({ name: 'fixture', version: '1.0.0' }));
