import type { App, Pm2Log, Pm2LogEvent } from '../../model/pm2.ts';
import type { AppLog } from '../../model/storage.ts';
import type { Quote } from '../../model/text.ts';

/** The newest line of the home's pm2.log that `match` accepts; empty where none does or the log was not seen. */
export function lastLogQuote(
  home: string,
  logs: readonly Pm2Log[] | null,
  match: (line: Pm2LogEvent) => boolean,
): readonly Quote[] {
  for (const log of (logs ?? []).filter((each) => each.home === home)) {
    const line = log.events.findLast(match);
    if (line) return [{ source: log.path, at: line.at, text: line.text }];
  }
  return [];
}

/** The newest exit line of one app. */
export function lastExitQuote(app: App, logs: readonly Pm2Log[] | null): readonly Quote[] {
  return lastLogQuote(
    app.ref.home,
    logs,
    ({ event }) =>
      event.kind === 'exited' &&
      event.pmId === app.ref.pmId &&
      event.name === app.ref.name &&
      event.old === false,
  );
}

/** The headline of the last exception in the app's own logs, the error log first. */
export function exceptionQuotes(app: App, appLogs: readonly AppLog[] | null): readonly Quote[] {
  const own = (appLogs ?? []).filter(
    (log) => log.app.home === app.ref.home && log.app.pmId === app.ref.pmId && log.app.name === app.ref.name,
  );
  const found = [...own.filter((log) => log.stream === 'err'), ...own.filter((log) => log.stream === 'out')];
  for (const log of found) {
    if (log.lastException)
      return [{ source: log.path, at: log.lastException.at, text: log.lastException.headline }];
  }
  return [];
}
