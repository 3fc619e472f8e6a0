import { PassThrough } from 'node:stream';

import { choose } from '../../../bin/choose/command.ts';

/** A terminal where somebody answers each question as it comes; after the last answer, Ctrl-D. */
function terminal(answers: Readonly<Record<string, string[]>>) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const asked: string[] = [];
  stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    if (!/\) $/.test(text)) return;
    asked.push(text.trim());
    const [, replies] = Object.entries(answers).find(([part]) => text.includes(part)) ?? [];
    const reply = replies ? replies.shift() : '';
    setImmediate(() => {
      if (reply === undefined) stdin.end();
      else stdin.write(`${reply}\n`);
    });
  });
  return { stdin, stdout, stderr, asked, shown: () => String((stdout.read() as Buffer | null) ?? '') };
}

test('asks one question after the other; empty answers are assumptions', async () => {
  const streams = terminal({});
  expect(await choose([], streams)).toBe(0);
  expect(streams.asked).toHaveLength(11);
  expect(streams.shown()).toContain('For production, platform cloud, 1 server, a cache, 1 requests/s, hit ratio 0.8');
});

test('answers shape the workload, and questions that would change nothing are not asked', async () => {
  const streams = terminal({
    'Where does it run': ['fargate'],
    'How many instances': ['4'],
    'What is stored': ['oauth'],
  });
  expect(await choose([], streams)).toBe(0);
  expect(streams.shown()).toContain('For production, platform fargate, 4 servers, OAuth state');
  const questions = streams.asked.join('\n');
  expect(questions).not.toMatch(/outlive|share does the cache|internet/);
  expect(questions).toContain('May a failover lose tokens');
});

test('a wrong answer is explained and asked again', async () => {
  const streams = terminal({
    'Where does it run': ['moon', 'lambda'],
    'Which share': ['half', '2', '0.5'],
    'call the internet': ['perhaps', 'y'],
  });
  const said: string[] = [];
  streams.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  expect(await choose([], streams)).toBe(0);
  expect(said.join('')).toContain('unknown platform "moon": use');
  expect(said.join('')).toContain('the answer must be a number such as 1.5, got "half"');
  expect(said.join('')).toContain('hitRatio must be a number from 0 to 1, got 2');
  expect(said.join('')).toContain('answer yes or no, got "perhaps"');
  expect(streams.shown()).toContain('platform lambda, 2 servers, a cache, 1 requests/s, hit ratio 0.5');
});

test('the end of the input ends it, without an answer', async () => {
  const streams = terminal({ 'What is stored': [] });
  expect(await choose([], streams)).toBe(130);
  expect(streams.shown()).toBe('');
});

test('flags are an answer: nothing is asked', async () => {
  const streams = terminal({});
  expect(await choose(['--servers', '2'], streams)).toBe(0);
  expect(streams.asked).toEqual([]);
});
