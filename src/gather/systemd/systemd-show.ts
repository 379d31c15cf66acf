import type { Host } from '../../host/host.ts';
import { parseSize, parseSpan } from './systemd-unit.ts';

/** What the running manager says of a unit; it beats the files (`set-property`, transient units). null = not said. */
export interface ShownUnit {
  readonly id: string;
  readonly path: string | null;
  readonly dropIns: readonly string[];
  readonly isLoaded: boolean;
  readonly oomPolicy: string | null;
  readonly killMode: string | null;
  readonly restart: string | null;
  readonly user: string | null;
  readonly memoryMaxBytes: number | null;
  readonly memoryHighBytes: number | null;
  readonly memoryAccounting: boolean | null;
  readonly timeoutStopMs: number | null;
  readonly active: boolean;
  /** enabled, disabled, static, masked …; null for transient units. */
  readonly fileState: string | null;
  readonly restarts: number | null;
}

/** Never `Environment`: it holds secrets. */
const properties =
  'Id,LoadState,FragmentPath,DropInPaths,OOMPolicy,KillMode,Restart,User,MemoryMax,MemoryHigh,MemoryLimit,MemoryAccounting,TimeoutStopUSec,ActiveState,UnitFileState,NRestarts';

/** One `systemctl show` for all units. null = it cannot be asked; then the files have to do. */
export async function showUnits(
  host: Host,
  names: readonly string[],
): Promise<ReadonlyMap<string, ShownUnit> | null> {
  if (names.length === 0) return new Map();
  const limits = { timeoutMs: 2000, maxBytes: 1024 * 1024 };
  const result = await host.run(
    'systemctl',
    ['show', '--no-pager', '-p', properties, '--', ...names],
    limits,
  );
  if (!result.ok || result.value.code !== 0) return null;
  return parseShow(result.value.stdout.toString('utf8'));
}

/** `KEY=value` lines, a blank line between units. */
export function parseShow(text: string): ReadonlyMap<string, ShownUnit> {
  const units = new Map<string, ShownUnit>();
  for (const block of text.split(/\n\s*\n/)) {
    const values = new Map<string, string>();
    for (const line of block.split('\n')) {
      const equals = line.indexOf('=');
      if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1).trim());
    }
    const value = (key: string): string | null => values.get(key) || null;
    const id = value('Id');
    if (id === null) continue;
    const restarts = Number.parseInt(value('NRestarts') ?? '', 10);
    const accounting = value('MemoryAccounting');
    units.set(id, {
      id,
      path: value('FragmentPath'),
      dropIns: value('DropInPaths')?.split(' ') ?? [],
      isLoaded: value('LoadState') !== 'not-found',
      oomPolicy: value('OOMPolicy'),
      killMode: value('KillMode'),
      restart: value('Restart'),
      user: value('User'),
      memoryMaxBytes: parseSize(value('MemoryMax'), null) ?? parseSize(value('MemoryLimit'), null),
      memoryHighBytes: parseSize(value('MemoryHigh'), null),
      memoryAccounting: accounting === null ? null : accounting === 'yes',
      timeoutStopMs: parseSpan(value('TimeoutStopUSec')),
      active: value('ActiveState') === 'active' || value('ActiveState') === 'reloading',
      fileState: value('UnitFileState'),
      restarts: Number.isFinite(restarts) ? restarts : null,
    });
  }
  return units;
}
