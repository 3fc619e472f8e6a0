import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';

const TSX = join(__dirname, '..', '..', 'node_modules', '.bin', 'tsx');

/** Synthesis of the kit's app against one with the same resources written by hand; both bundle their code. */
export async function synth(rounds: number): Promise<Verdict[]> {
  const rows = {
    'hand-written app': { app: 'app-hand-written.ts', servers: 1 },
    'kit, 1 server': { app: 'app-kit.ts', servers: 1 },
    'kit, 2 servers of the same code': { app: 'app-kit.ts', servers: 2 },
  };
  const names = Object.keys(rows) as (keyof typeof rows)[];
  const results = await interleave(names, Math.max(3, Math.ceil(rounds / 2)), async (name) => {
    const { app, servers } = rows[name];
    const out = mkdtempSync(join(tmpdir(), 'cdk-mcp-kit-synth-'));
    try {
      const start = process.hrtime.bigint();
      await promisify(execFile)(TSX, [join(__dirname, '..', 'fixtures', app)], {
        env: { ...process.env, CDK_OUTDIR: out, BENCH_SERVERS: `${servers}` },
      });
      return Number(process.hrtime.bigint() - start) / 1e9;
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
  return report('Synthesis, validator on', 's wall', results, [
    { row: 'kit, 1 server', against: 'hand-written app', limit: 1.2 },
    { row: 'kit, 2 servers of the same code', against: 'kit, 1 server', limit: 1.2 },
  ]);
}
