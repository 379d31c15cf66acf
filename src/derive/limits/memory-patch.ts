import type { Fix } from '../../model/finding.ts';
import type { App } from '../../model/pm2.ts';
import { appKey } from '../apps/process-tree.ts';
import type { LimitAdvice } from './limit-advice.ts';

/** Answers: which ecosystem patch gives these apps the one `max_memory_restart` that is advised for each? null = none is. */
export function memoryLimitPatch(apps: readonly App[], advice: ReadonlyMap<string, LimitAdvice>): Fix | null {
  const patches = apps.flatMap((app) => {
    const value = advice.get(appKey(app.ref))?.maxMemoryRestart ?? null;
    if (
      value === null ||
      advice.get(appKey(app.ref))?.maxMemoryRestartBytes === app.settings.maxMemoryRestartBytes
    )
      return [];
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
  return patches.length > 0 ? { kind: 'ecosystem-patch', patches } : null;
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
  return patches.length > 0 ? { kind: 'ecosystem-patch', patches } : null;
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
