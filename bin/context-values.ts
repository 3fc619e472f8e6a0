import type { Node } from 'constructs';

/**
 * One of several choices, by its name in the context.
 *
 * @throws Error when there is no choice of that name
 */
export function choose<T>(node: Node, name: string, fallback: string, choices: Readonly<Record<string, () => T>>): T {
  const value = read(node, name) ?? fallback;
  const choice = Object.hasOwn(choices, value) ? choices[value] : undefined;
  if (!choice) {
    throw new Error(`unknown ${name} ${JSON.stringify(value)}: use -c ${name}=${Object.keys(choices).join('|')}`);
  }
  return choice();
}

/** @throws Error when the value is no text */
export function read(node: Node, name: string): string | undefined {
  const value: unknown = node.tryGetContext(name);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') {
    throw new Error(`the context value ${name} must be a string, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** @throws Error when the value is no whole number */
export function readNumber(node: Node, name: string): number | undefined {
  const text = read(node, name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${name} ${JSON.stringify(text)} is no whole number: use -c ${name}=2`);
  return Number(text);
}
