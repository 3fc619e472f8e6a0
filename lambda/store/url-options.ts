import { StoreUrlError } from './errors.ts';
import { aUrl } from './parse-store-url.ts';

/** What an adapter allows in its URLs. */
export interface UrlRules {
  /** Names of the options after `?`. */
  readonly options: readonly string[];
  /** A URL that would do, for messages. */
  readonly example: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host of a URL is this machine, so that what is sent there leaves no wire. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** A name that looks like one is told; anything else may be the rest of a password with an ampersand. */
function notThis(name: string): string {
  return /^[a-z]{1,30}$/i.test(name) ? `, not ${JSON.stringify(name)}` : ', and not what is there';
}

const SECRET_ARN = /^arn:[^:]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/;

/**
 * The options of a store URL. Every one must be known, come once and fit: a misspelt option must not be ignored, least of
 * all one that asks for encryption. Messages name options, never values: people put passwords into URLs.
 */
export class UrlOptions {
  readonly #url: URL;
  readonly #rules: UrlRules;

  /** @throws {StoreUrlError} when there is a password, a fragment, an unknown option, or one that comes twice */
  constructor(url: URL, rules: UrlRules) {
    this.#url = url;
    this.#rules = rules;
    if (url.password !== '') this.fail('must not contain a password: name the ARN of a secret with ?secret=ARN');
    if (url.hash !== '') this.fail('has no fragment');
    for (const name of new Set(url.searchParams.keys())) {
      if (!rules.options.includes(name)) this.fail(`has the options ${rules.options.join(', ')}${notThis(name)}`);
      // A variable that was not set must not mean "without": without credentials, without encryption.
      if (url.searchParams.get(name) === '') this.fail(`has an empty ${name}: give it a value, or leave it out`);
      if (url.searchParams.getAll(name).length > 1) this.fail(`has the option ${name} more than once`);
    }
  }

  /** An option as it is written. */
  text(name: string): string | undefined {
    return this.#url.searchParams.get(name) ?? undefined;
  }

  /** @throws {StoreUrlError} when it is neither `true` nor `false` */
  flag(name: string): boolean | undefined {
    const text = this.text(name);
    if (text !== undefined && text !== 'true' && text !== 'false') this.fail(`has ${name}=true or ${name}=false`);
    return text === undefined ? undefined : text === 'true';
  }

  /** @throws {StoreUrlError} when it is none of the choices */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return choices.find((choice) => choice === text) ?? this.fail(`has ${name}=${choices.join('|')}`);
  }

  /** The ARN of a secret. @throws {StoreUrlError} when it is something else: above all not the password itself */
  secretArn(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !SECRET_ARN.test(text)) {
      this.fail(`has the ARN of a secret of Secrets Manager as ${name}, never the password itself`);
    }
    return text;
  }

  /** @throws {StoreUrlError} always; the problem goes after "a NAME: URL" */
  fail(problem: string): never {
    throw new StoreUrlError(`${aUrl(this.#url.protocol.slice(0, -1))} of a store ${problem}`, this.#rules.example);
  }
}
