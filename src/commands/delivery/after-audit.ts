import { existsSync } from 'node:fs';
import { deliverySettings, lackOf, wantedChannels } from '../../delivery-settings.ts';
import { defaultPath } from '../../history/place.ts';
import type { DeliverySettings } from '../../model/delivery.ts';
import type { AuditOptions } from '../../options.ts';
import { toldFile } from '../../outputs/told-file.ts';
import type { Flags } from '../../resolve-options.ts';
import type { Terminal } from '../../terminal.ts';
import type { MadeReport } from '../deliver.ts';
import { deliverReport } from './deliver-report.ts';
import { openMemory } from './memory.ts';
import { type Env, makeOutlets } from './outlets.ts';
import { tellSwitch } from './tell-switch.ts';
import { deliveryWords } from './words.ts';

/** What an audit does besides: its metrics file, its messages, its dead-man's switch. */
export interface AfterAudit {
  /** To be used instead of the other: what is said goes to the switch as well. */
  readonly terminal: Terminal;
  /** Once the files are written. Returns the exit code of the run. */
  deliver(made: MadeReport): Promise<number>;
  /** Around the whole run. */
  watched(run: () => Promise<number>): Promise<number>;
}

/** Reads the settings before the audit: what is wrong with them is said at once, as a UsageError. */
export async function prepareDelivery(
  options: AuditOptions,
  flags: Flags,
  env: Env,
  terminal: Terminal,
): Promise<AfterAudit> {
  const { ways, emailTo, sendOn, config } = options.delivery;
  const asked = { emailTo, sendOn };
  const settings =
    ways === 'none'
      ? null
      : wantedChannels(
          deliverySettings(config, asked, env, options.locale),
          ways,
          ways === 'all' ? '--send' : '--email',
          options.locale,
          lackOf(config, asked, env),
        );
  const path = options.db ?? defaultPath(env);
  // A store that was named must be there to be read; the first delivery makes it.
  if (settings !== null && options.db !== null && !existsSync(path))
    (await openMemory(path, () => {})).close();
  const deadMansSwitch =
    settings === null ? null : await tellSwitch(flags.config ?? null, env, options.locale, terminal);
  return {
    terminal: deadMansSwitch?.terminal ?? terminal,
    async deliver(made) {
      const isWritten = await writeMetrics(options, made, terminal);
      const isDelivered =
        settings === null || (await send(settings, made, options, env, deadMansSwitch?.terminal ?? terminal));
      return isWritten && isDelivered ? made.code : Math.max(made.code, made.code === 2 ? 2 : 3);
    },
    watched: (run) => (deadMansSwitch === null ? run() : deadMansSwitch.watched(run)),
  };
}

async function send(
  settings: DeliverySettings,
  { report, words: auditWords, files }: MadeReport,
  options: AuditOptions,
  env: Env,
  terminal: Terminal,
): Promise<boolean> {
  const now = Date.now();
  const words = deliveryWords(options.locale, report.utcOffsetMinutes, now);
  const spare = options.out === '-' ? null : toldFile(options.out);
  const memory = await openMemory(
    options.db ?? defaultPath(env),
    (problem) => terminal.stderr(`pm2-audit: ${words.noStore(problem, spare !== null)}\n`),
    spare,
  );
  try {
    return await deliverReport({
      report,
      auditWords,
      files,
      outlets: await makeOutlets(settings, env, options.locale),
      asked: false,
      now,
      memory,
      words,
      say: sayTo(terminal, options.quiet, options.out === '-'),
    });
  } finally {
    memory.close();
  }
}

/** Failures to stderr, always; the rest only where somebody reads it, and never into a report on stdout. */
export function sayTo(terminal: Terminal, quiet: boolean, isStdoutTaken: boolean) {
  return (line: string, isFailure: boolean): void => {
    if (isFailure) terminal.stderr(`pm2-audit: ${line}\n`);
    else if (!quiet) (isStdoutTaken ? terminal.stderr : terminal.stdout)(`${line}\n`);
  };
}

/** The textfile collector runs as another user: the file is for everybody. It holds figures only. */
async function writeMetrics(
  options: AuditOptions,
  { report }: MadeReport,
  terminal: Terminal,
): Promise<boolean> {
  const { prom } = options.delivery.config;
  // One app alone would take the others out of the graphs.
  if (prom === undefined || report.onlyApp !== null) return true;
  const { writeProm } = await import('./write-prom.ts');
  const problem = writeProm(prom.file, report);
  if (problem === null) return true;
  const words = deliveryWords(options.locale, report.utcOffsetMinutes, report.takenAt);
  terminal.stderr(`pm2-audit: ${words.prom(problem)}\n`);
  return false;
}
