import { createInterface } from 'node:readline/promises';

import { BACKEND_NAMES } from '../../lib/backend/backends.ts';
import { ENVIRONMENTS, PLATFORMS, readWorkload, ROLES, WorkloadError } from '../../lib/backend/facts.ts';
import type { Workload } from '../../lib/backend/workload.ts';
import { UsageError } from '../usage-error.ts';
import { readNames, readNumber, readServers } from './flags.ts';

/** The person ended the questions (Ctrl-C, Ctrl-D). */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

interface Question {
  readonly field: keyof Workload;
  readonly text: string;
  readonly read: (answer: string) => unknown;
  /** Not asked where the answer would change nothing. */
  readonly when?: (known: Workload) => boolean;
}

const number = (answer: string): unknown => readNumber('the answer', answer);
const network = ({ platform }: Workload): boolean => platform === undefined || /^(?:lambda|cloud)$/.test(platform);

const QUESTIONS: readonly Question[] = [
  { field: 'environment', text: `What is it for? ${ENVIRONMENTS.join(', ')} (production)`, read: String },
  { field: 'platform', text: `Where does it run? ${PLATFORMS.join(', ')} (cloud)`, read: String },
  {
    field: 'servers',
    text: 'How many instances at once? a number, single, multi (1; several on Lambda)',
    read: readServers,
  },
  { field: 'role', text: `What is stored? ${ROLES.join(', ')} (cache)`, read: String },
  {
    field: 'persistence',
    text: 'Must it outlive the process? yes, no (no)',
    read: yesOrNo,
    when: ({ role, environment }) => role !== 'oauth' || environment === 'development',
  },
  {
    field: 'existing',
    text: `What do you have already? any of ${BACKEND_NAMES.filter((name) => name !== 'memory').join(', ')} (nothing)`,
    read: readNames,
  },
  { field: 'requestsPerSecond', text: 'How many requests per second use it, on average? (1)', read: number },
  {
    field: 'hitRatio',
    text: 'Which share does the cache answer? 0 to 1 (0.8)',
    read: number,
    when: ({ role }) => role !== 'oauth',
  },
  { field: 'itemSizeKb', text: 'How large is an entry, in KB? (4)', read: number },
  { field: 'latencyMs', text: 'How long may a read take, in ms? (any)', read: number },
  { field: 'internet', text: 'Does the server call the internet? yes, no (no)', read: yesOrNo, when: network },
  {
    field: 'allowLostWrites',
    text: 'May a failover lose tokens that were issued? yes, no (no)',
    read: yesOrNo,
    when: ({ role, environment }) => role === 'oauth' && environment !== 'development',
  },
];

/**
 * Asks for a workload, one question after the other; an empty answer leaves the field to be assumed, a wrong one is asked again.
 *
 * @throws {Interrupted} when the input ends before the last question
 */
export async function askWorkload(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<Workload> {
  const lines = createInterface({ input, output });
  const ended = new AbortController();
  lines.once('close', () => {
    ended.abort();
  });
  try {
    let known: Workload = {};
    for (const question of QUESTIONS) {
      if (question.when?.(known) === false) continue;
      known = await ask(question, known, {
        next: (prompt) => lines.question(prompt, { signal: ended.signal }),
        say: (text) => output.write(`  ${text}\n`),
      });
    }
    return known;
  } catch (error) {
    if (ended.signal.aborted) throw new Interrupted('interrupted');
    throw error;
  } finally {
    lines.close();
  }
}

interface Terminal {
  readonly next: (prompt: string) => Promise<string>;
  readonly say: (text: string) => void;
}

async function ask({ field, text, read }: Question, known: Workload, terminal: Terminal): Promise<Workload> {
  for (;;) {
    const answer = (await terminal.next(`${text} `)).trim();
    if (answer === '') return known;
    try {
      const workload = { ...known, [field]: read(answer) };
      readWorkload(workload);
      return workload;
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof WorkloadError)) throw error;
      terminal.say(error.message);
    }
  }
}

function yesOrNo(answer: string): boolean {
  if (/^y(?:es)?$/i.test(answer)) return true;
  if (/^no?$/i.test(answer)) return false;
  throw new UsageError(`answer yes or no, got ${JSON.stringify(answer)}`);
}
