import { encodeCapture } from '../gather/capture-file.ts';
import { realHost } from '../host/real.ts';
import { writeWhole } from '../outputs/report-files.ts';
import { type Flags, resolveOptions } from '../resolve-options.ts';
import type { Terminal } from '../terminal.ts';
import { look } from './look.ts';

/** `pm2-audit capture`: the redacted evidence of this host as one file. */
export async function runCapture(
  flags: Flags & { readonly output: string },
  terminal: Terminal,
): Promise<number> {
  const host = realHost();
  const options = await resolveOptions(flags, host.env, process.cwd(), host.now());
  const text = encodeCapture(await look(host, options, terminal));
  if (flags.output === '-') {
    terminal.stdout(text);
    return 0;
  }
  writeWhole(flags.output, text);
  terminal.stderr(
    `pm2-audit: wrote ${flags.output} (${text.length} bytes, redacted). pm2-audit replay ${flags.output} makes the report.\n`,
  );
  return 0;
}
