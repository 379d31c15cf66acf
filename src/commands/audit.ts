import { realHost } from '../host/real.ts';
import { type Flags, resolveOptions } from '../resolve-options.ts';
import type { Terminal } from '../terminal.ts';
import { deliver } from './deliver.ts';
import { look } from './look.ts';

/** `pm2-audit [audit]`: this host, once. */
export async function runAudit(flags: Flags, terminal: Terminal): Promise<number> {
  const host = realHost();
  const options = await resolveOptions(flags, host.env, process.cwd(), host.now());
  return deliver(await look(host, options, terminal), options, terminal);
}
