import { CdkError } from './local-cloud.ts';

/** A deployment that must fail, and what must be as if it had never been. */
export interface FailingUpdate {
  readonly deploy: () => Promise<unknown>;
  /** What is asked before and after it: which version answers, and the data that it has. */
  readonly ask: () => Promise<Readonly<Record<string, unknown>>>;
  /** What is answered, each time. It is told here so that a server that answers nothing does not pass. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/**
 * A failed update is rolled back: the old version still answers, its data intact.
 *
 * @returns what the CDK CLI printed, for the cause
 */
export async function expectRolledBack({ deploy, ask, answers }: FailingUpdate): Promise<string> {
  expect(await ask()).toEqual(answers);
  const failure: unknown = await deploy().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CdkError);
  const { output } = failure as CdkError;
  expect(output).toContain('UPDATE_ROLLBACK_COMPLET'); // the CLI cuts the column there
  expect(await ask()).toEqual(answers);
  return output;
}
