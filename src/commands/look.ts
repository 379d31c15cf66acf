import { existsSync } from 'node:fs';
import type { GatherOptions } from '../gather/gatherer.ts';
import { gather } from '../gather/run.ts';
import { defaultPath } from '../history/place.ts';
import type { Host } from '../host/host.ts';
import type { Evidence } from '../model/evidence.ts';
import { type AuditOptions, windowOf } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { tool } from '../version.ts';

/** Budget of the storage scan: enough for the usual host, short enough not to be felt. */
const storageBudget = { ms: 150, files: 20_000 } as const;

/** Gathers with progress on a terminal; Ctrl-C closes sockets and children, and leaves no half file behind. */
export async function look(host: Host, options: AuditOptions, terminal: Terminal): Promise<Evidence> {
  const stop = (): void => {
    host.close();
    process.exit(130);
  };
  process.once('SIGINT', stop);
  const waiting = setTimeout(
    () => terminal.progress(options.locale === 'en' ? 'reading the host …' : '正在读取主机……'),
    1000,
  );
  try {
    const evidence = await gather(
      host,
      {
        homes: options.homes,
        window: windowOf(options.since, host.now()),
        observeMs: options.observeMs,
        kernelLogs: options.kernelLogs,
        storageBudget,
        recall: recallOf(options.db, host.env),
      },
      tool,
      (key) => {
        if (options.verbose) terminal.stderr(`pm2-audit: read ${key}\n`);
      },
    );
    if (options.verbose) {
      for (const [key, ms] of Object.entries(evidence.cost.byKeyMs))
        terminal.stderr(`pm2-audit: ${key} ${ms} ms\n`);
    }
    return somethingToAudit(evidence, options);
  } finally {
    clearTimeout(waiting);
    terminal.progress('');
    process.removeListener('SIGINT', stop);
    host.close();
  }
}

/** How the store is asked; null = there is none. Its code and its engine are loaded only where there is a file. */
export function recallOf(
  named: string | null,
  env: { readonly [name: string]: string | undefined },
): NonNullable<GatherOptions['recall']> | null {
  const path = named ?? defaultPath(env);
  if (!existsSync(path)) {
    if (named === null) return null;
    throw new UsageError(
      `--db ${named}: there is no such file. pm2-audit watch --db ${named} makes it; without --db the default place is used.`,
    );
  }
  return async (context) => (await import('./recall.ts')).recallFrom(path, context);
}

/** No trace of PM2 at all is not a report: it is a question to the user. */
function somethingToAudit(evidence: Evidence, options: AuditOptions): Evidence {
  const { daemons } = evidence.items;
  if (daemons.seen && daemons.value.length > 0) return evidence;
  const tried = (daemons.gaps[0]?.tried ?? [])
    .map(({ source, detail }) => `${source} (${detail})`)
    .join(', ');
  if (options.homes.length > 0) {
    throw new UsageError(
      `--home ${options.homes.join(' ')}: no PM2 there: ${tried}. Name the folder that holds rpc.sock and pm2.log.`,
    );
  }
  throw new UsageError(
    `no PM2 daemon was found: ${tried || 'no home, no socket, no process'}. Start your apps with pm2, name the home with --home, run as the user that owns them, or try pm2-audit demo.`,
  );
}
