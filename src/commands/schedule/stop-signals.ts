const names = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export interface StopSignals {
  /** The signal that asked us to end; null = none so far. */
  said(): string | null;
  /** Hands it on, also one that came before. */
  handTo(child: { stop(): void }): void;
  /** From here on a signal ends us as usual. */
  release(): void;
}

/** Catches what asks this process to end. Before a lock is taken: a signal right after it would end us and leave the lock. */
export function catchStopSignals(): StopSignals {
  let said: string | null = null;
  let stop = (): void => {};
  const onSignal = (signal: NodeJS.Signals): void => {
    said = signal;
    stop();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    said: () => said,
    handTo(child) {
      stop = () => child.stop();
      if (said !== null) stop();
    },
    release() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
