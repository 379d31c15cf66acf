import type { Fix } from '../../model/finding.ts';
import { shellQuote } from '../printed/shell-quote.ts';

/** True for a name that systemd takes (systemd.unit(5)): nothing else may become part of a path we print. */
export function isUnitName(name: string): boolean {
  return /^[\w:.@\\-]{1,255}$/.test(name) && !name.startsWith('.');
}

/**
 * The drop-in that keeps a unit alive when the kernel kills one of its processes (systemd.service(5), OOMPolicy=).
 * A reload of the manager is enough: the policy is read when the kill is handled, nothing restarts.
 * `userManager` is true for a unit of `systemd --user`. No file for a name that is none.
 */
export function oomPolicyDropIn(unit: string, userManager: boolean): Fix {
  if (!isUnitName(unit)) return { kind: 'manual' };
  const folder = `/etc/systemd/${userManager ? 'user' : 'system'}/${unit}.d`;
  const reload = userManager ? 'systemctl --user daemon-reload' : 'systemctl daemon-reload';
  return {
    kind: 'file',
    asRoot: true,
    path: `${folder}/oom.conf`,
    content: '[Service]\nOOMPolicy=continue\n',
    // biome-ignore lint/suspicious/noThenProperty: the name of the field in model/finding.ts; an array is no thenable
    then: [reload],
    undo: [`rm ${shellQuote(`${folder}/oom.conf`)}`, reload],
  };
}
