/**
 * Keys of events by their source: the same line gives the same key however often it is read, by this run or a later one.
 * None holds text of an app, so none can hold a secret.
 */

/** A record of the kernel log: /dev/kmsg numbers them since boot; boot_id changes with every boot (random(4)). */
export function kernelKey(bootId: string, sequence: number): string {
  return `kmsg:${bootId}:${sequence}`;
}

/** A line of a log file: which file (device, inode, and birth time, since inodes are used again), and where it begins. */
export function logKey(
  file: { readonly device: number; readonly inode: number; readonly bornAt: number },
  offset: number,
): string {
  return `log:${file.device}:${file.inode}:${Math.floor(file.bornAt)}:${offset}`;
}

/** An event of the bus: daemons do not number them; daemon, process, time and name of the event do. */
export function busKey(
  daemon: {
    readonly pid: number;
    readonly startedAt: number;
  },
  pmId: number | null,
  at: number,
  what: string,
): string {
  return `bus:${daemon.pid}:${daemon.startedAt}:${pmId ?? '-'}:${at}:${what}`;
}

/** What the collector itself found out between two samples. */
export function ownKey(kind: string, run: number, number: number): string {
  return `own:${run}:${kind}:${number}`;
}
