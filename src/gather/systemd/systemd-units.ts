import type { Host } from '../../host/host.ts';
import type { OomPolicy } from '../../model/systemd.ts';
import { lastSetting, parseSpan, parseUnit, type UnitSettings } from './systemd-unit.ts';

/** Where one manager looks for units, most important first (systemd.unit(5), "Unit File Load Path"). */
export interface UnitPaths {
  readonly isUser: boolean;
  readonly folders: readonly string[];
  /** Folders whose every service is read; in the others only names that begin with `pm2`. */
  readonly own: readonly string[];
  /** `system.conf` or `user.conf`, with its drop-in folders. */
  readonly managerFiles: readonly string[];
}

const etc = '/etc/systemd/system';
const run = '/run/systemd/system';

export const systemPaths: UnitPaths = {
  isUser: false,
  folders: [
    '/etc/systemd/system.control',
    '/run/systemd/system.control',
    '/run/systemd/transient',
    '/run/systemd/generator.early',
    etc,
    '/etc/systemd/system.attached',
    run,
    '/run/systemd/system.attached',
    '/run/systemd/generator',
    '/usr/local/lib/systemd/system',
    '/usr/lib/systemd/system',
    '/lib/systemd/system',
    '/run/systemd/generator.late',
  ],
  own: [etc, run, '/usr/local/lib/systemd/system'],
  managerFiles: managerFiles('system.conf'),
};

/** Units of one user's own manager; `home` is the user's home folder. */
export function userPaths(home: string): UnitPaths {
  const own = `${home}/.config/systemd/user`;
  return {
    isUser: true,
    folders: [
      own,
      '/etc/systemd/user',
      '/run/systemd/user',
      `${home}/.local/share/systemd/user`,
      '/usr/lib/systemd/user',
    ],
    own: [own, '/etc/systemd/user'],
    managerFiles: managerFiles('user.conf'),
  };
}

function managerFiles(name: string): readonly string[] {
  return ['/usr/lib', '/run', '/etc'].flatMap((root) => [
    `${root}/systemd/${name}`,
    `${root}/systemd/${name}.d`,
  ]);
}

/** Settings of the manager that units inherit; null = not set. */
export interface ManagerDefaults {
  readonly oomPolicy: OomPolicy | null;
  readonly timeoutStopMs: number | null;
}

export function managerDefaults(host: Host, paths: UnitPaths): ManagerDefaults {
  const files: { path: string; text: string }[] = [];
  for (const path of paths.managerFiles) {
    const names = path.endsWith('.d') ? confFiles(host, path).map((name) => `${path}/${name}`) : [path];
    for (const name of names) {
      const text = host.readText(name);
      if (text.ok) files.push({ path: name, text: text.value });
    }
  }
  const settings = parseUnit(files);
  return {
    oomPolicy: oomPolicyOf(lastSetting(settings, 'Manager.DefaultOOMPolicy')?.value ?? null),
    timeoutStopMs: parseSpan(lastSetting(settings, 'Manager.DefaultTimeoutStopSec')?.value ?? null),
  };
}

export function oomPolicyOf(text: string | null): OomPolicy | null {
  return text === 'continue' || text === 'stop' || text === 'kill' ? text : null;
}

/** A unit as its files describe it. */
export interface UnitFiles {
  readonly name: string;
  readonly path: string | null;
  readonly dropIns: readonly string[];
  readonly settings: UnitSettings;
  readonly isMasked: boolean;
}

/** Reads a unit with its drop-ins; an instance (`pm2@deploy.service`) falls back to its template. */
export function loadUnit(host: Host, name: string, paths: UnitPaths): UnitFiles {
  const at = name.indexOf('@');
  const dot = name.lastIndexOf('.');
  const template = at > 0 && at < dot - 1 ? name.slice(0, at + 1) + name.slice(dot) : null;
  let path: string | null = null;
  let text = '';
  let isMasked = false;
  for (const candidate of template === null ? [name] : [name, template]) {
    for (const folder of paths.folders) {
      const file = `${folder}/${candidate}`;
      const link = host.readLink(file);
      if (link.ok && link.value === '/dev/null') isMasked = true;
      const read = isMasked ? null : host.readText(file);
      if (!isMasked && !read?.ok) continue;
      path = file;
      text = read?.ok ? read.value : '';
      break;
    }
    if (path !== null) break;
  }
  const dropIns = dropInsOf(host, name, template, paths);
  const files = path === null ? [] : [{ path, text }];
  for (const file of dropIns) {
    const read = host.readText(file);
    if (read.ok) files.push({ path: file, text: read.value });
  }
  return { name, path, dropIns, settings: parseUnit(files), isMasked };
}

/**
 * Drop-in files in order of their names, whatever folder they lie in. Of two with the same name the one nearer to the unit
 * counts: `pm2-root.service.d` before `pm2-.service.d` before `service.d`, and within each /etc before /run before /usr.
 */
function dropInsOf(host: Host, name: string, template: string | null, paths: UnitPaths): readonly string[] {
  const type = name.slice(name.lastIndexOf('.') + 1);
  const stem = name.slice(0, name.lastIndexOf('.'));
  const folders = [`${name}.d`];
  if (template !== null) folders.push(`${template}.d`);
  for (let dash = stem.lastIndexOf('-'); dash > 0; dash = stem.lastIndexOf('-', dash - 1))
    folders.push(`${stem.slice(0, dash + 1)}.${type}.d`);
  folders.push(`${type}.d`);
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const root of paths.folders) {
      for (const file of confFiles(host, `${root}/${folder}`))
        if (!found.has(file)) found.set(file, `${root}/${folder}/${file}`);
    }
  }
  return [...found.keys()].sort().map((file) => found.get(file) ?? file);
}

function confFiles(host: Host, folder: string): readonly string[] {
  const names = host.list(folder);
  return names.ok ? names.value.filter((name) => name.endsWith('.conf')).sort() : [];
}

/** Unit names that some `*.wants` or `*.requires` folder pulls in, and all folders listed on the way. */
export function wantedUnits(host: Host, paths: UnitPaths): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const folder of paths.folders) {
    const names = host.list(folder);
    for (const name of names.ok ? names.value : []) {
      if (!/\.(wants|requires|upholds)$/.test(name)) continue;
      const units = host.list(`${folder}/${name}`);
      for (const unit of units.ok ? units.value : []) wanted.add(unit);
    }
  }
  return wanted;
}

/** A start command of PM2: `pm2 resurrect`, `pm2 start`, `pm2-runtime`, also behind node, sudo or `bash -c`. */
const startsPm2 =
  /(?:^|[\s/'"])(?:pm2-runtime|pm2-docker|pm2(?:\/bin\/pm2)?(?:\.js)?['"]?\s+(?:\S+\s+)*?(?:resurrect|start|startOrRestart|startOrReload|reload|runtime))\b/;

function isPm2Unit(unit: UnitFiles): boolean {
  const commands = unit.settings.get('Service.ExecStart') ?? [];
  return commands.some(({ value }) => startsPm2.test(value));
}

const pm2Name = /^pm2(?:[-@_].*)?\.service$/i;

/** Names of services that start PM2: by their name, or by what they run. */
export function findPm2Units(host: Host, paths: UnitPaths, wanted: ReadonlySet<string>): readonly string[] {
  const names = new Set<string>();
  for (const folder of paths.folders) {
    const list = host.list(folder);
    for (const name of list.ok ? list.value : []) {
      if (!name.endsWith('.service') || names.has(name)) continue;
      const isNamed = pm2Name.test(name);
      if (!isNamed && !paths.own.includes(folder)) continue;
      if (isAlias(host, `${folder}/${name}`, name)) continue;
      // A template runs only as an instance.
      if (name.includes('@.')) continue;
      if (isNamed || mentionsPm2(host, `${folder}/${name}`)) names.add(name);
    }
  }
  for (const name of wanted) if (pm2Name.test(name) && name.includes('@')) names.add(name);
  // A name may stand for a wrapper script; without such a name the command decides.
  return [...names].filter((name) => pm2Name.test(name) || isPm2Unit(loadUnit(host, name, paths)));
}

function mentionsPm2(host: Host, path: string): boolean {
  const text = host.readText(path, 64 * 1024);
  return text.ok && text.value.includes('pm2');
}

/** A link to a unit of another name is a second name of it. */
function isAlias(host: Host, path: string, name: string): boolean {
  const link = host.readLink(path);
  return link.ok && link.value !== '/dev/null' && link.value.slice(link.value.lastIndexOf('/') + 1) !== name;
}

/** systemd's version from the name of its shared library (`libsystemd-shared-252.so`); null = not found. */
export function systemdVersion(host: Host): number | null {
  const multiarch = host.list('/usr/lib');
  const folders = ['/usr/lib/systemd', '/lib/systemd', '/usr/lib64/systemd'];
  for (const name of multiarch.ok ? multiarch.value : [])
    if (name.endsWith('-linux-gnu')) folders.push(`/usr/lib/${name}/systemd`);
  for (const folder of folders) {
    const names = host.list(folder);
    for (const name of names.ok ? names.value : []) {
      const match = /^libsystemd-(?:shared|core)-(\d+)/.exec(name);
      if (match !== null) return Number(match[1]);
    }
  }
  return null;
}
