declare const __VERSION__: string | undefined;

/** Set by the build from package.json; `dev` when run from source. */
export const tool = {
  name: 'pm2-audit',
  version: typeof __VERSION__ === 'string' ? __VERSION__ : 'dev',
} as const;
