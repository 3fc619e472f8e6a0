import { join, resolve } from 'node:path';

/** The project. */
export const ROOT = resolve(__dirname, '..', '..');

/** What the local cloud installs and keeps between runs. */
export const CACHE = join(ROOT, '.cache', 'local-cloud');
