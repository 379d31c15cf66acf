import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { marker } from './crontab-text.ts';
import type { Units } from './units.ts';

/** Where this user's units lie, and whose manager runs them. */
export interface UnitPlace {
  readonly folder: string;
  /** root: the system's own. Else `systemctl --user`. */
  readonly isSystem: boolean;
}

/** A schedule of ours among the units. */
export interface OwnUnits {
  readonly id: string;
  readonly cron: string;
  readonly paths: readonly string[];
}

/** systemd.unit(5), "Unit File Load Path". */
export function unitPlace(
  uid: number,
  home: string,
  env: { readonly [name: string]: string | undefined },
): UnitPlace {
  if (uid === 0) return { folder: '/etc/systemd/system', isSystem: true };
  const config = env['XDG_CONFIG_HOME'];
  const base = config !== undefined && isAbsolute(config) ? config : join(home, '.config');
  return { folder: join(base, 'systemd', 'user'), isSystem: false };
}

/** Units that begin with our marker; others are not ours, whatever they are called. */
export function ownUnits({ folder }: UnitPlace): readonly OwnUnits[] {
  const found = new Map<string, OwnUnits>();
  for (const name of namesIn(folder).filter((each) =>
    /^pm2-audit-[0-9a-f]{8}\.(?:service|timer)$/.test(each),
  )) {
    const head = headOf(join(folder, name));
    if (head === null) continue;
    const before = found.get(head.id);
    found.set(head.id, { ...head, paths: [...(before?.paths ?? []), join(folder, name)] });
  }
  return [...found.values()];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function headOf(path: string): { readonly id: string; readonly cron: string } | null {
  try {
    const [first = ''] = readFileSync(path, 'utf8').split('\n', 1);
    const match = /^ ([0-9a-f]{8}) (.+)$/.exec(first.startsWith(marker) ? first.slice(marker.length) : '');
    return match === null ? null : { id: match[1] ?? '', cron: match[2] ?? '' };
  } catch {
    return null;
  }
}

/** What `writeUnits` will write, path first. Throws UsageError when a file of that name is not ours. */
export function unitFiles(
  place: UnitPlace,
  units: Units,
): readonly (readonly [path: string, text: string])[] {
  const files = [
    [join(place.folder, `${units.name}.service`), units.service],
    [join(place.folder, `${units.name}.timer`), units.timer],
  ] as const;
  for (const [path] of files) {
    if (existsSync(path) && headOf(path) === null)
      throw new UsageError(
        `${path}: is not a file of pm2-audit schedule, so it is left alone. Move it away first.`,
      );
  }
  return files;
}

/** Each file whole or not at all. Throws UsageError where the folder cannot be written. */
export function writeUnits(
  place: UnitPlace,
  files: readonly (readonly [path: string, text: string])[],
): void {
  try {
    mkdirSync(place.folder, { recursive: true });
    for (const [path, text] of files) {
      writeFileSync(`${path}.${process.pid}`, text, { mode: 0o644 });
      renameSync(`${path}.${process.pid}`, path);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(
      `${place.folder}: the units could not be written (${code}). Check who may write there, and the space.`,
      { cause: error },
    );
  }
}

export function removeUnits(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

/** sd_booted(3): systemd is the init of this host. */
export const isBooted = (): boolean => existsSync('/run/systemd/system');

/** User units stop at logout unless this file is there (logind, `loginctl enable-linger`). */
export const lingers = (user: string): boolean => existsSync(`/var/lib/systemd/linger/${user}`);

/** The command as the user would type it. */
export function systemctlText({ isSystem }: UnitPlace, args: readonly string[]): string {
  return ['systemctl', ...(isSystem ? [] : ['--user']), ...args].join(' ');
}

/** null = it worked; else what it said, on one line. */
export function systemctl(place: UnitPlace, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn('systemctl', [...(place.isSystem ? [] : ['--user']), '--no-ask-password', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', LANG: 'C' },
      timeout: 30_000,
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => {
      if (said.length < 4096) said += bytes.toString('utf8');
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) =>
      resolve(code === 0 ? null : said.replace(/\s+/g, ' ').trim().slice(0, 200) || `exit ${code}`),
    );
  });
}
