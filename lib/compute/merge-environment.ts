/** Environment variables of the code. */
interface CodeEnvironment {
  readonly environment?: { readonly [name: string]: string };
  readonly fixedEnvironment?: { readonly [name: string]: string };
}

/**
 * The variables of the code and those of the server; these win.
 *
 * @throws Error when the server sets one without which the code does not start
 */
export function mergeEnvironment(
  code: CodeEnvironment,
  server: { readonly [name: string]: string },
): { [name: string]: string } {
  const fixed = code.fixedEnvironment ?? {};
  const taken = Object.keys(server).find((name) => Object.hasOwn(fixed, name));
  if (taken !== undefined) {
    throw new Error(`environment must not set ${taken}: the code of this server does not start with another value`);
  }
  return { ...code.environment, ...fixed, ...server };
}
