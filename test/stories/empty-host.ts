import type { Evidence } from '../../src/model/evidence.ts';
import { c, daemon, evidence, file, home, pm2Home, process } from '../factories.ts';

/** A daemon without a single app. */
export const emptyHost = (): Evidence =>
  evidence({
    daemons: [daemon([])],
    pm2Files: [pm2Home({ homeMode: 0o700, dump: { ...file(`${home}/dump.pm2`), apps: [] } })],
    processes: {
      processes: [
        process(1, 0, { comm: c('systemd'), uid: 0 }),
        process(900, 1, { comm: c('PM2 v7.0.4: God') }),
      ],
      partial: false,
    },
  });
