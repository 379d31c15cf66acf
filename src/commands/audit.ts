import { existsSync } from 'node:fs';
import { defaultPath } from '../history/place.ts';
import { realHost } from '../host/real.ts';
import { type Flags, resolveOptions } from '../resolve-options.ts';
import type { Terminal } from '../terminal.ts';
import { look } from './look.ts';

/** `pm2-audit [audit]`: this host, once. */
export async function runAudit(flags: Flags, terminal: Terminal): Promise<number> {
  const host = realHost();
  const options = await resolveOptions(flags, host.env, process.cwd(), host.now());
  const { ways, config } = options.delivery;
  // Its code is loaded only where something is to be delivered. What is wrong with the settings is said before the audit.
  const delivery =
    ways === 'none' && config.prom === undefined
      ? null
      : await (await import('./delivery/after-audit.ts')).prepareDelivery(options, flags, host.env, terminal);
  const path = options.db ?? defaultPath(host.env);
  const looking = look(host, options, delivery?.terminal ?? terminal);
  // A failure is told where it is awaited, below; until then it must not count as unhandled.
  looking.catch(() => {});
  // A daemon takes some 20 ms to make its list: once it is asked, the other half of our own code is loaded.
  await new Promise((resolve) => setImmediate(resolve));
  const { deliver } = await import('./deliver.ts');
  const run = async (): Promise<number> =>
    deliver(await looking, options, delivery?.terminal ?? terminal, async (made) => {
      const code = (await delivery?.deliver(made)) ?? made.code;
      // The store's code is loaded only where there is one.
      if (existsSync(path)) await (await import('./keep-report.ts')).keepReport(made.report, path);
      return code;
    });
  return delivery === null ? run() : delivery.watched(run);
}
