import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import { type Flags, resolveOptions } from '../resolve-options.ts';
import type { Terminal } from '../terminal.ts';
import { type DemoEcosystem, writeApps } from './demo/apps.ts';
import { type Cage, makeCage } from './demo/cage.ts';
import { findPm2, PrivatePm2 } from './demo/private-pm2.ts';
import { look } from './look.ts';

/** Patience until every sick app has shown its sickness. */
const sickWithinMs = 60_000;

/**
 * `pm2-audit demo`: a private PM2 with small sick apps, audited for real, and nothing left behind. Its findings are the
 * point, so they fail the run only when `--fail-on` asks for it.
 */
export async function runDemo(flags: Flags, terminal: Terminal): Promise<number> {
  const host = realHost();
  const started = host.now();
  const options = await resolveOptions(
    { failOn: 'never', ...flags, since: '1h' },
    host.env,
    process.cwd(),
    started,
  );
  const command = findPm2();
  // Resolved, because PM2 and the kernel speak of the real path.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-demo-')));
  const pm2 = new PrivatePm2(command, join(folder, '.pm2'));
  const cage = makeCage(`pm2-audit-demo-${process.pid}`);

  let cleaning: Promise<void> | null = null;
  const clean = (): Promise<void> => {
    cleaning ??= leaveNothing(pm2, cage, folder);
    return cleaning;
  };
  const interrupted = (): void => {
    terminal.progress('');
    terminal.stderr('pm2-audit: stopping the demo …\n');
    clean().then(
      () => process.exit(130),
      (error: unknown) => {
        terminal.stderr(`pm2-audit: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(2);
      },
    );
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  try {
    if ('reason' in cage)
      terminal.stderr(
        `pm2-audit: no real OOM kill in this demo, it needs root and a memory cgroup (${cage.reason}).\n`,
      );
    terminal.progress('starting a private PM2 with six small apps …');
    const ecosystem = writeApps(folder, 'reason' in cage ? null : cage.procs);
    await pm2.run('start', ecosystem.path);
    await pm2.run('save');
    await untilSick(host, pm2.home, ecosystem, terminal);
    const evidence = await look(
      host,
      { ...options, homes: [pm2.home], since: { at: started - 1000 } },
      terminal,
    );
    const { deliver } = await import('./deliver.ts');
    const code = await deliver(evidence, options, terminal);
    await clean();
    return code;
  } finally {
    terminal.progress('');
    await clean();
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
  }
}

async function leaveNothing(
  pm2: PrivatePm2,
  cage: Cage | { readonly reason: string },
  folder: string,
): Promise<void> {
  await pm2.stop();
  if (!('reason' in cage)) cage.remove();
  rmSync(folder, { recursive: true, force: true });
}

async function untilSick(
  host: Host,
  home: string,
  { sickAt }: DemoEcosystem,
  terminal: Terminal,
): Promise<void> {
  const deadline = host.monotonicMs() + sickWithinMs;
  while (host.monotonicMs() < deadline) {
    const counters = await restartCounters(host, home);
    const missing = Object.entries(sickAt).filter(([name, restarts]) => (counters.get(name) ?? 0) < restarts);
    if (missing.length === 0) return;
    terminal.progress(
      `waiting until they are sick: ${missing.map(([name, n]) => `${name} ${counters.get(name) ?? 0}/${n}`).join(', ')}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  terminal.stderr('pm2-audit: not every demo app fell sick in time; the report shows what there is.\n');
}

/** Restart counters by app name, from the daemon; empty while it starts. */
async function restartCounters(host: Host, home: string): Promise<ReadonlyMap<string, number>> {
  const reply = await host.pm2Call(join(home, 'rpc.sock'), 'getMonitorData', {
    timeoutMs: 3000,
    maxBytes: 16 * 1024 * 1024,
  });
  const counters = new Map<string, number>();
  if (!reply.ok) return counters;
  const { args }: { args?: readonly unknown[] } = JSON.parse(reply.value.toString('utf8'));
  const list = args?.[0];
  for (const entry of Array.isArray(list) ? list : []) {
    const record: { name?: unknown; pm2_env?: { restart_time?: unknown } } = entry;
    if (typeof record.name === 'string') counters.set(record.name, Number(record.pm2_env?.restart_time ?? 0));
  }
  return counters;
}
