import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';

/** From the line that names a reason to the `Stopping app` it causes. Memory checks wait for each other's reloads. */
const triggerMs = {
  'memory-limit': 120_000,
  watch: 5_000,
  'cron-deregistered': 5_000,
  'already-stopped': 5_000,
} as const;
type TriggerKind = keyof typeof triggerMs;

/** The lines by which PM2 says why it is about to stop an app (lib/Worker.js, lib/Watcher.js, lib/God/Reload.js). */
export class StopTriggers {
  private readonly lines = new Map<string, Pm2LogEvent>();
  private readonly old = new WeakSet<Pm2LogEvent>();

  read(line: Pm2LogEvent): void {
    const { event } = line;
    switch (event.kind) {
      case 'memory-limit':
      case 'cron-deregistered':
      case 'already-stopped':
        this.lines.set(`${event.kind} ${event.pmId}`, line);
        break;
      case 'watch':
        this.lines.set(`watch ${event.name}`, line);
        break;
      default:
    }
  }

  /** Why this app is stopped now; null = no line says so. */
  reasonOf(app: { readonly pmId: number; readonly name: CleanText }, at: EpochMs): Pm2LogEvent | null {
    const found = [
      this.take('memory-limit', app.pmId, at),
      this.take('watch', app.name, at),
      this.take('cron-deregistered', app.pmId, at),
    ].filter((line) => line !== null);
    const other = this.take('already-stopped', app.pmId, at);
    // The stop of an older one is missing.
    return found.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0] ?? other;
  }

  take(kind: TriggerKind, subject: number | string, at: EpochMs): Pm2LogEvent | null {
    if (this.lines.size === 0) return null;
    const key = `${kind} ${subject}`;
    const line = this.lines.get(key);
    if (line === undefined) return null;
    this.lines.delete(key);
    return line.at !== null && at - line.at <= triggerMs[kind] ? line : null;
  }

  /** The app was started since: the stop that was meant may be missing. */
  age(kind: TriggerKind, subject: number | string): void {
    const line = this.lines.size === 0 ? undefined : this.lines.get(`${kind} ${subject}`);
    if (line !== undefined) this.old.add(line);
  }

  ageAll(app: { readonly pmId: number; readonly name: CleanText }): void {
    this.age('watch', app.name);
    this.age('memory-limit', app.pmId);
    this.age('cron-deregistered', app.pmId);
  }

  isOld(line: Pm2LogEvent | null): boolean {
    return line !== null && this.old.has(line);
  }

  drop(kind: TriggerKind, subject: number | string): void {
    if (this.lines.size > 0) this.lines.delete(`${kind} ${subject}`);
  }

  clear(): void {
    this.lines.clear();
  }
}
