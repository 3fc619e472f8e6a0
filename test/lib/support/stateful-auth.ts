import { McpAuth } from '../../../lib/index.ts';
import type { McpAuthConfig } from '../../../lib/index.ts';

/** An authorization server: it keeps clients and tokens. */
export class StatefulAuth extends McpAuth {
  override bind(): McpAuthConfig {
    return { _policy: { mode: 'none' }, parts: [], signedByAws: false, keepsState: true };
  }
}
