/** What `-c` may say to `npm start`, and what the local cloud can do of it. */
const CHOICES: Readonly<Record<string, { readonly allowed: RegExp; readonly says: string }>> = {
  compute: { allowed: /^(?:lambda|fargate)$/, says: 'lambda or fargate' },
  storage: {
    allowed: /^(?:dynamodb|memory)$/,
    says: 'dynamodb or memory: there are no servers for the others, which the tests start themselves',
  },
  auth: { allowed: /^none$/, says: 'none: the clients of this machine have no tokens and sign nothing' },
  removal: { allowed: /^(?:retain|destroy)$/, says: 'retain or destroy' },
  minTasks: { allowed: /^\d+$/, says: 'a whole number, with compute=fargate' },
  maxTasks: { allowed: /^\d+$/, says: 'a whole number, with compute=fargate' },
  stopTimeout: { allowed: /^\d+$/, says: 'whole seconds, with compute=fargate' },
};

/**
 * The context for the deployment from `name=value` pairs; without any, the app on Lambda, that anybody may call.
 *
 * @throws {TypeError} that tells what is possible here
 */
export function readStartContext(pairs: readonly string[]): Readonly<Record<string, string>> {
  const context: Record<string, string> = { auth: 'none' };
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=');
    const value = rest.join('=');
    const choice = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
    if (!choice) {
      throw new TypeError(
        `-c ${JSON.stringify(pair)}: npm start deploys the weather example, with -c ${Object.keys(CHOICES).join(', ')}; ` +
          'anything else is deployed to AWS, by npm run deploy',
      );
    }
    if (!choice.allowed.test(value)) {
      throw new TypeError(`-c ${name}=${value}: on the local cloud ${name} is ${choice.says}`);
    }
    context[name] = value;
  }
  return context;
}
