import type { Locale } from '../../model/text.ts';
import { en } from './words-en.ts';
import { zh } from './words-zh.ts';

/** Every sentence of `pm2-audit schedule`. */
export interface ScheduleWords {
  readonly lineGoes: (user: string) => string;
  readonly lineLeaves: (user: string) => string;
  readonly fileGoes: string;
  readonly fileLeaves: string;
  readonly replaces: string;
  readonly label: {
    readonly next: string;
    readonly reports: string;
    readonly note: string;
    readonly when: string;
    readonly last: string;
    readonly before: string;
    readonly said: string;
    readonly attention: string;
    readonly schedule: string;
  };
  readonly comma: string;
  readonly listComma: string;
  readonly semicolon: string;
  readonly nextIs: (time: string) => string;
  readonly late: (time: string) => string;
  readonly lateUpTo: (time: string) => string;
  readonly ask: string;
  /** First letters of an answer that means yes. */
  readonly yes: RegExp;
  readonly notWritten: string;
  readonly needsYes: string;
  readonly alreadySo: string;
  readonly written: string;
  readonly removed: string;
  readonly nothingToRemove: string;
  readonly ofModule: string;
  readonly moduleGone: string;
  readonly none: string;
  readonly otherNone: string;
  readonly seconds: (ms: number) => string;

  readonly nodePasses: (node: string, manager: string | null) => string;
  readonly scriptPasses: (script: string, manager: string | null) => string;
  readonly reportsClosed: (folder: string, user: string) => string;
  readonly secrets: (names: readonly string[]) => string;
  readonly cronAbsent: string;
  readonly cronZone: (zone: string) => string;
  readonly cronShell: (shell: string) => string;
  readonly skipped: (day: string, clock: string, bySystemd: boolean) => string;
  readonly noLinger: (user: string) => string;
  readonly notBooted: string;
  readonly systemctlFailed: (detail: string, commands: readonly string[]) => string;
  readonly notRemembered: (detail: string) => string;

  readonly by: (kind: 'cron' | 'systemd' | 'pm2-module', user: string) => string;
  readonly off: string;
  readonly notRead: string;
  readonly neverRan: string;
  readonly running: (pid: string, since: string) => string;
  readonly lastRun: (at: string, took: string, code: number, meaning: string) => string;
  readonly delivery: (state: 'done' | 'failed' | 'not-reached' | 'not-asked') => string;
  readonly tally: (runs: number, codes: readonly (readonly [code: number, count: number])[]) => string;
  readonly end: { readonly [end in 'deadline' | 'stopped' | 'busy' | 'crashed']: string };
  readonly overdue: (due: string, by: 'cron' | 'systemd' | 'pm2-module', runs: boolean | null) => string;
  readonly wasOff: (due: string, boot: string) => string;
  readonly nodeGone: (node: string) => string;
  readonly scriptGone: (script: string) => string;
}

export const scheduleWords: { readonly [L in Locale]: ScheduleWords } = { en, 'zh-CN': zh };
