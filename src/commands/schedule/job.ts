import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { UsageError } from '../../usage-error.ts';

/** One scheduled audit: which program runs, where, with what. All paths absolute, no secret among them. */
export interface Job {
  /** Eight hex digits of the PM2 homes and the report folder: the same pair is the same schedule. */
  readonly id: string;
  readonly node: string;
  readonly script: string;
  readonly folder: string;
  /** Variables cron would not have. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Behind the script. */
  readonly args: readonly string[];
}

/** What a run is told, as the user gave it; paths perhaps relative. */
export interface JobWishes {
  readonly homes: readonly string[];
  readonly out: string | null;
  /** Where the reports will lie: `out`, or what the settings file says, or ./reports. */
  readonly reports: string;
  readonly config: string | null;
  readonly lang: string | null;
  readonly failOn: string | null;
  readonly db: string | null;
  /** true = to whom the settings say. */
  readonly email: string | boolean | null;
  readonly sends: boolean;
  readonly envFile: string | null;
  readonly jitterMs: number;
}

/** The process that installs the schedule: what cron must find again. */
export interface Installer {
  readonly execPath: string;
  /** `process.argv[1]`. */
  readonly script: string;
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
  /** Of the user database; cron sets HOME to it. */
  readonly passwdHome: string;
}

const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/**
 * Not secret, and an audit differs without them: where its history lies, which daemon and which zone it means, and which
 * certificates Node trusts (it reads that one before any file of ours).
 */
const carried = ['XDG_STATE_HOME', 'PM2_HOME', 'TZ', 'NODE_EXTRA_CA_CERTS'];

/** Throws UsageError for a path that no crontab and no unit can hold. */
export function makeJob(wishes: JobWishes, installer: Installer): Job {
  const { env, folder } = installer;
  const absolute = (path: string): string => resolve(folder, path);
  const homes = wishes.homes.map(absolute);
  const id = jobId(homes.length > 0 ? homes : [env['PM2_HOME'] ?? ''], absolute(wishes.reports));
  const node = stableNode(installer.execPath, env['PATH'] ?? '');
  const set: [string, string][] = [['PATH', [...new Set([dirname(node), ...systemPath])].join(':')]];
  if (env['HOME'] && env['HOME'] !== installer.passwdHome) set.push(['HOME', env['HOME']]);
  const language = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  if (/^zh(?![a-z])/i.test(language)) set.push(['LANG', 'zh_CN.UTF-8']);
  for (const name of carried) {
    const value = env[name];
    if (value && !(name === 'PM2_HOME' && homes.length > 0)) set.push([name, value]);
  }
  const given = (flag: string, value: string | null): readonly string[] =>
    value === null ? [] : [flag, value];
  const path = (value: string | null): string | null => (value === null ? null : absolute(value));
  const args = [
    'audit',
    '--scheduled',
    id,
    '--jitter',
    `${Math.round(wishes.jitterMs / 1000)}s`,
    // Not --env-file: Node takes that as its own wherever it stands, and ends with 9 when the file is gone (20 to 24).
    ...given('--secrets', path(wishes.envFile)),
    ...homes.flatMap((home) => ['--home', home]),
    ...given('--out', path(wishes.out)),
    ...given('--config', path(wishes.config)),
    ...given('--db', path(wishes.db)),
    ...given('--lang', wishes.lang),
    ...given('--fail-on', wishes.failOn),
    ...(typeof wishes.email === 'string' ? [`--email=${wishes.email}`] : wishes.email ? ['--email'] : []),
    ...(wishes.sends ? ['--send'] : []),
  ];
  const job = { id, node, script: installer.script, folder, env: set, args };
  for (const word of [job.node, job.script, job.folder, ...args, ...set.map(([, value]) => value)]) {
    if (/\p{Cc}/u.test(word))
      throw new UsageError(
        `${JSON.stringify(word)}: holds a line break or another control character, which no schedule can hold. Rename it.`,
      );
  }
  return job;
}

/** Eight hex digits; the order of the homes does not matter. */
export function jobId(homes: readonly string[], reports: string): string {
  const key = JSON.stringify([[...homes].sort(), reports]);
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

/** A folder that is named after a version, or made for one shell (fnm), is gone after the next upgrade. */
export function isPassing(path: string): boolean {
  return (
    /(?:^|\/)(?:[^/]*[@-])?v?\d+\.\d+\.\d+[^/]*(?:\/|$)/i.test(path) ||
    /\/(?:fnm_multishells|_npx|dlx-[^/]+)\//.test(path) ||
    /^\/(?:tmp|var\/tmp|run|dev\/shm)\//.test(path)
  );
}

/**
 * The Node that runs now, by the name that lasts longest: `process.execPath` has all links resolved, so with Homebrew or
 * fnm's `default` it names one version. A link on PATH to the same file that is no such path is better.
 */
export function stableNode(execPath: string, path: string): string {
  if (!isPassing(execPath)) return execPath;
  const lasting = path
    .split(':')
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, 'node'))
    .find((file) => !isPassing(file) && isSame(file, execPath));
  return lasting ?? execPath;
}

function isSame(link: string, target: string): boolean {
  try {
    return existsSync(link) && realpathSync(link) === realpathSync(target);
  } catch {
    return false;
  }
}

/** Who keeps Node in a folder of its version, by where it lies; null = nobody we know. */
export function versionManager(path: string): string | null {
  const known: readonly (readonly [RegExp, string])[] = [
    [/\/\.?nvm\/|\/\.nvm\//, 'nvm'],
    [/\/\.?fnm(?:_multishells)?\/|node-versions\//, 'fnm'],
    [/\/\.volta\//, 'volta'],
    [/\/\.asdf\//, 'asdf'],
    [/\/mise\//, 'mise'],
    [/\/\.?nodenv\//, 'nodenv'],
    [/\/n\/versions\//, 'n'],
    [/\/Cellar\//, 'Homebrew'],
    [/\/_npx\//, 'npx'],
  ];
  return known.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
