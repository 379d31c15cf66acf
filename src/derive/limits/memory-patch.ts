import type { Fix, SettingChange } from '../../model/finding.ts';
import type { App } from '../../model/pm2.ts';
import { appKey } from '../apps/process-tree.ts';
import { onePatchEach } from '../printed/ecosystem-patch.ts';
import type { LimitAdvice } from './limit-advice.ts';

/**
 * Answers: which ecosystem patch gives these apps the one `max_memory_restart` that is advised for each? null = none is.
 * Instances of one app share one limit: the highest, which none of them reaches in ordinary work.
 */
export function memoryLimitPatch(apps: readonly App[], advice: ReadonlyMap<string, LimitAdvice>): Fix | null {
  const bytesOf = new Map<string, number>();
  const patches = apps.flatMap((app) => {
    const found = advice.get(appKey(app.ref));
    const value = found?.maxMemoryRestart ?? null;
    if (value === null || found?.maxMemoryRestartBytes === app.settings.maxMemoryRestartBytes) return [];
    bytesOf.set(value, found?.maxMemoryRestartBytes ?? 0);
    return [
      {
        app: app.ref,
        set: [
          {
            setting: 'max_memory_restart',
            value,
            previous: pm2SizeOrNull(app.settings.maxMemoryRestartBytes),
          },
        ],
      },
    ];
  });
  const sizeOf = ({ value }: SettingChange) => bytesOf.get(String(value)) ?? 0;
  const each = onePatchEach(patches, (one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
  return each.length > 0 ? { kind: 'ecosystem-patch', patches: each } : null;
}

/**
 * The same for `--max-old-space-size`, MiB, in `node_args`. Where the old value stands in NODE_OPTIONS, `node_args` had
 * none; an option on the command line wins over NODE_OPTIONS (Node documentation, cli).
 */
export function oldSpacePatch(apps: readonly App[], advice: ReadonlyMap<string, LimitAdvice>): Fix | null {
  const patches = apps.flatMap((app) => {
    const mb = advice.get(appKey(app.ref))?.maxOldSpaceMb ?? null;
    if (mb === null || mb === app.settings.maxOldSpaceMb) return [];
    const had = app.settings.maxOldSpaceMb;
    const inEnv = /max[-_]old[-_]space[-_]size/.test(app.env['NODE_OPTIONS'] ?? '');
    const previous = had === null || inEnv ? null : `--max-old-space-size=${had}`;
    return [{ app: app.ref, set: [{ setting: 'node_args', value: `--max-old-space-size=${mb}`, previous }] }];
  });
  const sizeOf = ({ value }: SettingChange) => Number(String(value).split('=')[1]);
  const each = onePatchEach(patches, (one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
  return each.length > 0 ? { kind: 'ecosystem-patch', patches: each } : null;
}

/** Bytes as an ecosystem file has them: `300M`, `1G`, `5`. PM2 keeps only the number (lib/tools/Config.js 7.0.4). */
export function pm2SizeOrNull(bytes: number | null): string | null {
  if (bytes === null) return null;
  for (const [unit, size] of [
    ['G', 1024 ** 3],
    ['M', 1024 ** 2],
    ['K', 1024],
  ] as const) {
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
