export interface Message {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The revision of the protocol that a client speaks. */
export type Era = '2026-07-28' | '2025-11-25';

/**
 * The request of a client; `tools/call` may be followed by the name of a tool.
 *
 * @param era @default '2026-07-28'
 */
export function message(call: string, id: number, era?: Era): Message;
