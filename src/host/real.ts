import { homedir } from 'node:os';
import { monotonicMs } from './clock.ts';
import { runCommand } from './command.ts';
import {
  listFolder,
  openFile,
  readFile,
  readFileText,
  readFileTextAside,
  readLinkTarget,
  statFile,
  statFileSystem,
} from './files.ts';
import type { Host } from './host.ts';
import { drainKernelMessages } from './kmsg.ts';
import { callPm2, listenPm2 } from './pm2-axon.ts';

/** This machine. Loads nothing but Node's own modules, and sockets and children only when first used. */
export function realHost(): Host {
  const stops = new Set<() => void>();
  const keepStop = (stop: () => void): (() => void) => {
    stops.add(stop);
    return () => stops.delete(stop);
  };
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    pid: process.pid,
    homeFolder: homedir(),
    env: process.env,
    nodeVersion: process.versions.node,
    now: () => Date.now(),
    monotonicMs,
    utcOffsetMinutes: (at) => -new Date(at).getTimezoneOffset(),
    read: readFile,
    readText: readFileText,
    readTextAside: readFileTextAside,
    list: listFolder,
    stat: statFile,
    readLink: readLinkTarget,
    fileSystem: statFileSystem,
    open: openFile,
    run: (command, args, limits) => runCommand(command, args, limits, keepStop),
    kernelMessages: (maxBytes) => drainKernelMessages(maxBytes),
    pm2Call: (socketPath, method, limits) => callPm2(socketPath, method, limits, keepStop),
    pm2Bus: (socketPath, durationMs, wanted, onFrame) =>
      listenPm2(socketPath, durationMs, wanted, onFrame, keepStop),
    close() {
      for (const stop of [...stops]) stop();
      stops.clear();
    },
  };
}
