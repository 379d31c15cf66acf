import { UsageError } from '../../usage-error.ts';
import { calendarLines } from './calendar.ts';
import type { CronExpression } from './cron-expression.ts';
import { marker } from './crontab-text.ts';
import type { Job } from './job.ts';

/** A service and its timer. */
export interface Units {
  /** Without `.service` and `.timer`. */
  readonly name: string;
  readonly service: string;
  readonly timer: string;
}

/** `pm2-audit-1a2b3c4d`. */
export const unitName = (id: string): string => `pm2-audit-${id}`;

/**
 * Units of systemd that run the job at the same times as the crontab line would.
 *
 * - Exit 1 (findings) is a run that worked. 2 and 3 stay failures: `systemctl --failed` and OnFailure= shall show them.
 * - The audit must see PM2's sockets in any home or /tmp, every process in /proc and /dev/kmsg, and may run the host's
 *   sendmail: so no PrivateTmp, ProtectHome, ProtectProc or ProtectKernelLogs; and V8 makes code, so no
 *   MemoryDenyWriteExecute. A user's own units get none of it: without privileges systemd would need a user namespace.
 * - OOMScoreAdjust: where memory is short, the audit goes before the apps it watches.
 * - FixedRandomDelay (systemd 247): late by the same time every day; older ones ignore it and are late by chance.
 */
export function makeUnits(
  job: Job,
  cron: CronExpression,
  isSystem: boolean,
  jitterMs: number,
  reports: string,
): Units {
  if (/^\s|\s$|\\$/.test(job.folder))
    throw new UsageError(
      `${job.folder}: a folder that begins or ends with a blank or a backslash cannot stand in a unit. Rename it, or leave --systemd out.`,
    );
  const name = unitName(job.id);
  const head = `${marker} ${job.id} ${cron.text}`;
  const hardening = [
    'NoNewPrivileges=yes',
    // It makes /usr, /boot and /etc read-only: not where the reports lie there, in the pages of a web server say.
    ...(/^\/(?:usr|boot|efi|etc)\//.test(reports) ? [] : ['ProtectSystem=full']),
    'ProtectKernelModules=yes',
    'ProtectControlGroups=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  ];
  const service = [
    head,
    '[Unit]',
    'Description=pm2-audit: health report of the PM2 apps of this host',
    ...(isSystem ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    '',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${specifier(job.folder)}`,
    ...job.env.map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`),
    `ExecStart=${[job.node, job.script, ...job.args].map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
    'SuccessExitStatus=1',
    'TimeoutStartSec=15min',
    'Nice=10',
    'IOSchedulingClass=idle',
    'OOMScoreAdjust=500',
    ...(isSystem ? hardening : []),
  ];
  const timer = [
    head,
    '[Unit]',
    'Description=pm2-audit: when the health report is made',
    '',
    '[Timer]',
    ...calendarLines(cron).map((line) => `OnCalendar=${line}`),
    'Persistent=true',
    ...(jitterMs > 0 ? [`RandomizedDelaySec=${Math.round(jitterMs / 1000)}s`, 'FixedRandomDelay=true'] : []),
    '',
    '[Install]',
    'WantedBy=timers.target',
  ];
  return { name, service: `${service.join('\n')}\n`, timer: `${timer.join('\n')}\n` };
}

/** `%` begins a specifier (systemd.unit(5)). */
function specifier(text: string): string {
  return text.replaceAll('%', '%%');
}

/** One word of a command line or of Environment= (systemd.service(5), "Command lines"): quoted only when it must be. */
function quoted(word: string): string {
  const escaped = specifier(word);
  return /^[\w@%+=:,./-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
