import type { OomPolicy, Unit } from '../../model/systemd.ts';
import type { Cleaner } from '../clean.ts';
import type { Holder } from './systemd-holder.ts';
import type { ShownUnit } from './systemd-show.ts';
import { environmentVariable, lastSetting, parseBoolean, parseSize, parseSpan } from './systemd-unit.ts';
import { type ManagerDefaults, oomPolicyOf, type UnitFiles, type UnitPaths } from './systemd-units.ts';

/** One manager, and everything its units take over from it. */
export interface Manager {
  readonly paths: UnitPaths;
  readonly defaults: ManagerDefaults;
  readonly wanted: ReadonlySet<string>;
  readonly version: number | null;
  readonly totalBytes: number | null;
  /** False: its units do not start at boot, because the user does not linger. */
  readonly startsAtBoot: boolean;
  /** False: the memory controller is version 1, where no OOMPolicy takes effect. */
  readonly canWatch: boolean;
}

/** A unit with its drop-ins, and what the manager says where it could be asked. */
export function buildUnit(
  clean: Cleaner,
  files: UnitFiles,
  by: Manager,
  shown: ShownUnit | null,
  held: Holder | null,
): Unit {
  const kind = files.name.endsWith('.scope') ? 'Scope' : 'Service';
  const text = (key: string): string | null => lastSetting(files.settings, `${kind}.${key}`)?.value ?? null;
  const known = shown?.isLoaded ? shown : null;
  const size = (key: string): number | null => parseSize(text(key), by.totalBytes);
  const home =
    environmentVariable(files.settings, 'PM2_HOME')?.replaceAll('%i', instanceOf(files.name)) ?? null;
  const isWatched =
    by.canWatch &&
    held?.isWatched !== false &&
    known?.memoryAccounting !== false &&
    parseBoolean(text('MemoryAccounting')) !== false;
  const timeout =
    parseSpan(text('TimeoutStopSec') ?? text('TimeoutSec')) ?? by.defaults.timeoutStopMs ?? 90_000;
  const path = known?.path ?? files.path;
  const dropIns = known === null || known.dropIns.length === 0 ? files.dropIns : known.dropIns;
  return {
    name: clean.text(files.name),
    path: path === null ? null : clean.text(path),
    dropIns: dropIns.map((dropIn) => clean.text(dropIn)),
    oomPolicy: isWatched ? oomPolicy(files, by, known) : null,
    killMode: clean.text(known?.killMode ?? text('KillMode') ?? 'control-group'),
    restart: kind === 'Scope' ? null : clean.text(known?.restart ?? text('Restart') ?? 'no'),
    memoryMaxBytes: known === null ? (size('MemoryMax') ?? size('MemoryLimit')) : known.memoryMaxBytes,
    memoryHighBytes: known === null ? size('MemoryHigh') : known.memoryHighBytes,
    // 0 means no time-out, as `infinity` does.
    timeoutStopMs:
      known === null
        ? text('TimeoutStopSec') === 'infinity' || timeout === 0
          ? null
          : timeout
        : known.timeoutStopMs,
    user: cleanOrNull(clean, known?.user ?? text('User')),
    pm2Home: home === null || home.includes('%') ? null : clean.text(home.replace(/(.)\/+$/, '$1')),
    enabled: enabled(files, by, known, kind),
    active: known?.active ?? (held === null ? null : true),
    restarts: known?.restarts ?? null,
  };
}

function cleanOrNull(clean: Cleaner, text: string | null) {
  return text === null ? null : clean.text(text);
}

function instanceOf(name: string): string {
  const at = name.indexOf('@');
  return at < 0 ? '' : name.slice(at + 1, name.lastIndexOf('.'));
}

/** Transient units and scopes are never enabled; a masked unit cannot start. */
function enabled(
  files: UnitFiles,
  by: Manager,
  known: ShownUnit | null,
  kind: 'Scope' | 'Service',
): boolean | null {
  if (kind === 'Scope') return false;
  if (files.isMasked) return false;
  const isWanted = by.wanted.has(files.name);
  if (by.paths.isUser) return isWanted && by.startsAtBoot;
  if (known?.fileState)
    return isWanted || known.fileState.startsWith('enabled') || known.fileState === 'alias';
  return files.path === null ? null : isWanted;
}

/**
 * The policy in force, null where it is not certain. OOMPolicy exists since systemd 243 for services and 253 for scopes
 * (some distributions brought the latter to 252: there only the manager's own word counts). The default is the
 * manager's, `stop`; a delegated unit and a login session continue (systemd.service(5), systemd.scope(5), logind).
 */
function oomPolicy(files: UnitFiles, by: Manager, known: ShownUnit | null): Unit['oomPolicy'] {
  const kind = files.name.endsWith('.scope') ? 'Scope' : 'Service';
  const set = lastSetting(files.settings, `${kind}.OOMPolicy`);
  const written = oomPolicyOf(set?.value ?? null);
  const inherited = inheritedPolicy(files, by);
  const told = oomPolicyOf(known?.oomPolicy ?? null);
  const source = (value: OomPolicy): 'unit' | 'drop-in' | 'manager' | 'default' => {
    if (set !== null && value === written) return set.file === files.path ? 'unit' : 'drop-in';
    return by.defaults.oomPolicy === value ? 'manager' : 'default';
  };
  if (told !== null) return { value: told, source: source(told) };
  const since = kind === 'Scope' ? 253 : 243;
  if (by.version === null || by.version < since) return null;
  if (written !== null) return { value: written, source: source(written) };
  return inherited;
}

function inheritedPolicy(files: UnitFiles, by: Manager): Unit['oomPolicy'] {
  if (/^session-.*\.scope$/.test(files.name)) return { value: 'continue', source: 'default' };
  const delegate = lastSetting(
    files.settings,
    `${files.name.endsWith('.scope') ? 'Scope' : 'Service'}.Delegate`,
  );
  if (delegate !== null && parseBoolean(delegate.value) !== false)
    return { value: 'continue', source: 'default' };
  if (by.defaults.oomPolicy !== null) return { value: by.defaults.oomPolicy, source: 'manager' };
  return { value: 'stop', source: 'default' };
}
