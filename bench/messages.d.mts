export interface Message {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The request of a 2026-07-28 client; `tools/call` may be followed by the name of a tool. */
export function message(call: string, id: number): Message;
