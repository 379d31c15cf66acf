/** Runs our PM2 gatherers in a child process that has given up root, for tests that need a user without rights. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { Gathered } from '../../src/model/gap.ts';

const root = join(import.meta.dirname, '..', '..');

/** The daemons that `uid` can see in `homes`. Needs to be started as root. */
export async function daemonsAs(
  uid: number,
  homes: readonly string[],
): Promise<Gathered<EvidenceMap['daemons']>> {
  const folder = await mkdtemp(join(tmpdir(), 'pa-as-'));
  const outfile = join(folder, 'gather.cjs');
  try {
    await chmod(folder, 0o755);
    await build({
      stdin: {
        resolveDir: root,
        contents: `
          import { daemons } from './src/gather/daemons.ts';
          import { makeCleaner } from './src/gather/clean.ts';
          import { realHost } from './src/host/real.ts';
          process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});
          const options = { homes: ${JSON.stringify(homes)}, window: { from: 0, to: 0 }, observeMs: 0, kernelLogs: [], storageBudget: { ms: 0, files: 0 } };
          daemons.gather(realHost(), { options, clean: makeCleaner(), seen: () => null })
            .then((item) => process.stdout.write(JSON.stringify(item)));`,
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile,
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
      env: { HOME: folder },
      timeout: 20_000,
    });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
