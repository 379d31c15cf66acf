import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import type { DaemonGone } from './process-end.ts';

const endMs = 180_000;

/** Collects what a daemon says of its own end (lib/Daemon.js, lib/God/ActionMethods.js killMe; PM2 5 to 7). */
export class DaemonFarewell {
  signalled: Pm2LogEvent | null = null;
  private error: Pm2LogEvent | null = null;
  private last: Pm2LogEvent | null = null;

  /**
   * The log goes on: a daemon that has exited, or was told to long ago (TimeoutStopSec is 90 s by default), is another one
   * by now, whose banner is missing.
   */
  goOn(line: Pm2LogEvent, at: EpochMs): void {
    const isOver = this.last?.event.kind === 'daemon-stopped' || this.last?.event.kind === 'daemon-exited';
    const isStarting = line.event.kind === 'starting';
    if ((isOver && isStarting) || at - (this.last?.at ?? at) > endMs) this.forget();
  }

  /** Another daemon runs by now, whose banner is missing. */
  forget(): void {
    this.signalled = null;
    this.error = null;
    this.last = null;
  }

  get isSaid(): boolean {
    return this.last !== null;
  }

  read(line: Pm2LogEvent): void {
    switch (line.event.kind) {
      case 'daemon-signalled':
        this.signalled = line;
        this.last = line;
        break;
      case 'daemon-error':
        // One it survives is no farewell.
        this.error = line;
        break;
      case 'daemon-resurrecting':
      case 'daemon-stopped':
      case 'daemon-exited':
        this.last = line;
        break;
      default:
    }
  }

  /** The next one has started: tells how this one went, and forgets it. */
  end(
    lastAt: EpochMs | null,
    followedAt: EpochMs,
    banner: Pm2LogEvent | null,
    nextVersion: CleanText | null,
  ): DaemonGone {
    const own = banner?.event.kind === 'daemon-started' ? banner.event.pm2Version : null;
    const { last: farewell, signalled, error } = this;
    this.forget();
    return { lastAt, farewell, signalled, error, pm2Version: own, followedAt, nextVersion };
  }
}
