/**
 * The rows of docs/restart-causes.md, "What cannot be told": each is a case in which the evidence cannot carry more than
 * `possible` or `unknown`. A scenario that expects so little names its row here; the page and this list are held together
 * by restart-causes.test.ts.
 */
export const untoldRows = [
  'code-zero',
  'code-zero-cluster',
  'own-code-like-signal',
  'fault-or-own-code',
  'abort-without-words',
  'sigkill-no-kernel-log',
  'sigkill-beside-other-kill',
  'sigkill-behind-shell',
  'same-name-killed-together',
  'silent-child-killed',
  'cron-or-command',
  'log-emptied',
  'log-without-times',
  'signal-at-log-end',
] as const;

export type UntoldRow = (typeof untoldRows)[number];
