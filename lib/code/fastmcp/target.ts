import type * as lambda from 'aws-cdk-lib/aws-lambda';

import { isArm } from '../../private/is-arm.ts';

/** What packages are installed for. */
export interface PythonTarget {
  /** Such as `3.13`. */
  readonly version: string;
  readonly architecture: lambda.Architecture;
}

/** Oldest and newest Python that FastMCP and its compiled dependencies come for, and Lambda runs. */
const OLDEST = 10;
const NEWEST = 14;
/** Up to Python 3.11, Lambda runs on Amazon Linux 2, whose glibc is 2.26; from 3.12 on Amazon Linux 2023, with 2.34. */
const LAST_ON_AMAZON_LINUX_2 = 11;
const OLD_GLIBC = 17;
const NEW_GLIBC = 34;

/** @throws Error when the runtime is none of Python, or one that FastMCP does not come for */
export function pythonVersion(runtime: lambda.Runtime): string {
  const [, minor] = /^python3\.(\d+)$/.exec(runtime.name) ?? [];
  if (minor === undefined || Number(minor) < OLDEST || Number(minor) > NEWEST) {
    throw new Error(
      `python must be a runtime of Python 3.${OLDEST} to 3.${NEWEST}, such as lambda.Runtime.PYTHON_3_13, got ` +
        JSON.stringify(runtime.name),
    );
  }
  return `3.${minor}`;
}

/** The platform as uv names it. Wheels for it run in Lambda and in the slim images of Debian alike. */
export function uvPlatform(target: PythonTarget): string {
  return `${machine(target)}-manylinux_2_${glibc(target)}`;
}

/** The platforms as pip names them: it takes wheels for exactly these, so all older ones are named too. */
export function pipPlatforms(target: PythonTarget): string[] {
  const newest = glibc(target);
  const named = Array.from({ length: newest - 4 }, (_, index) => `manylinux_2_${newest - index}_${machine(target)}`);
  return [...named, `manylinux2014_${machine(target)}`];
}

function glibc({ version }: PythonTarget): number {
  return Number(version.split('.')[1]) > LAST_ON_AMAZON_LINUX_2 ? NEW_GLIBC : OLD_GLIBC;
}

/** The processor as Python names it. */
export function machine({ architecture }: PythonTarget): string {
  return isArm(architecture) ? 'aarch64' : 'x86_64';
}
