/** A message of JSON-RPC, as tests look into it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Message = Record<string, any>;
