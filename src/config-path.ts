import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const names = [
  'pm2-audit.config.json',
  'pm2-audit.config.yaml',
  'pm2-audit.config.yml',
  'pm2-audit.config.mjs',
];

export interface ConfigPath {
  readonly path: string;
  /** Found in the working folder, not named by the user. */
  readonly byChance: boolean;
}

/** `--config FILE`, else the config of the working folder, else null. Kept apart from reading: most hosts have none. */
export function findConfig(named: string | null, folder: string): ConfigPath | null {
  if (named !== null) return { path: resolve(folder, named), byChance: false };
  const path = names.map((name) => join(folder, name)).find((file) => existsSync(file));
  return path === undefined ? null : { path, byChance: true };
}
