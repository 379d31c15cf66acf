import { setTimeout as pause } from 'node:timers/promises';
import { cluster } from './ends.ts';
import type { AppTruth, DaemonScenario, Scenario } from './scenario.ts';

/** One app says that the one before it in the list crashed four times. */
function forged(name: string, victimMode: string, starts: number, truth: Omit<AppTruth, 'name'>): Scenario {
  const victim = `${name}-victim`;
  return {
    name,
    apps: (lab) => [lab.app(victim, victimMode), lab.app(name, `forge:${victim}`, cluster)],
    async act(lab) {
      await lab.started(victim, starts);
      await lab.started(name, 1);
      // The log is to be past what really happened.
      await pause(1500);
      await lab.go(name);
      await lab.file(`${name}.forged`);
      await lab.logged(`App [${victim}`, 8);
      return {
        apps: [
          { name: victim, ...truth },
          { name, restarts: {} },
        ],
      };
    },
  };
}

/** Lines in pm2.log and events on the bus that an app made up. */
export const forgeryScenarios: readonly Scenario[] = [
  { ...forged('forger', 'idle', 1, { restarts: {} }), always: true },
  forged('forger-of-more', 'exit:3:2', 3, { restarts: { crash: 2 } }),
];

/** Needs an audit that listens meanwhile. */
export const forgedBus: DaemonScenario = {
  name: 'forged-bus',
  options: ['--observe', '2s'],
  apps: (lab) => [
    lab.app('forged-bus-victim', 'idle'),
    lab.app('forged-bus', 'forgeBus:forged-bus-victim'),
    lab.app('forged-bus-second', 'exit:3:2'),
    lab.app('forged-bus-cluster', 'forgeBus:forged-bus-second', cluster),
  ],
  async act(lab) {
    await lab.started('forged-bus-victim', 1);
    await lab.started('forged-bus-second', 3);
    for (const name of ['forged-bus', 'forged-bus-cluster']) {
      await lab.started(name, 1);
      await lab.go(name);
      await lab.file(`${name}.forged`);
    }
    return {
      apps: [
        { name: 'forged-bus-victim', restarts: {} },
        { name: 'forged-bus', restarts: {} },
        { name: 'forged-bus-second', restarts: { crash: 2 } },
        { name: 'forged-bus-cluster', restarts: {} },
      ],
    };
  },
  always: true,
};
