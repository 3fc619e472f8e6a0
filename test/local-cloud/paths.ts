import { join, resolve } from 'node:path';

/** The project. */
export const ROOT = resolve(__dirname, '..', '..');

/** What the local cloud installs and keeps between runs. The variable is for tests of a machine that lacks something. */
export const CACHE = process.env.LOCAL_CLOUD_CACHE ?? join(ROOT, '.cache', 'local-cloud');
