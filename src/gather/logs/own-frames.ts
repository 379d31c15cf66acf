/** Frames of runtimes, standard libraries and installed packages: not the app's own code. */
const foreign =
  /node_modules|\.yarn\/|node:|bun:|ext:|https?:\/\/|[( ]internal\/|<anonymous>$|\(native\)|\[native code\]|site-packages|dist-packages|\/lib\/python[\d.]*\/|<frozen |<string>|\/usr\/(?:local|lib)\/(?:lib\/)?go\b|\/pkg\/mod\/|\/src\/(?:runtime|net|internal|sync|reflect|testing|encoding|database|bufio|context|syscall)\/|\/rustc\/|\.cargo\/registry|\/vendor\/|\/gems\/|\/lib\/ruby\/|<internal:|ProcessContainer(?:Fork)?\.js|^\s+at (?:java|javax|jdk|sun|com\.sun|kotlin|scala|org\.springframework|org\.apache|org\.hibernate|io\.netty|System|Microsoft)\./;

/** No path is longer. */
const maxFrameChars = 1000;

export function isForeign(frame: string): boolean {
  return foreign.test(frame);
}

/**
 * The first own place in frames of V8, Java and .NET, innermost first: `    at handler (/srv/app/x.js:3:5)`,
 * `at file:///srv/x.js:3:5`, `at com.acme.Main.run(Main.java:12)`, `at App.Main() in /srv/Program.cs:line 3`.
 */
export function firstOwnPlace(frames: readonly string[]): string | null {
  for (const frame of frames) {
    const place = foreign.test(frame) ? null : placeOf(frame);
    if (place !== null) return place;
  }
  return null;
}

function placeOf(frame: string): string | null {
  if (frame.length > maxFrameChars) return null;
  let end = frame.length;
  while (end > 0 && ' \t{,['.includes(frame.charAt(end - 1))) end -= 1;
  const line = frame.slice(0, end);
  // Code made by `eval` counts as the place that made it.
  const evaluated = /\beval at [^()]{0,200}\((\/[^()]+:\d+:\d+)\)/.exec(line);
  if (evaluated !== null) return evaluated[1] ?? null;
  const dotnet = / in (\/\S+):line (\d+)$/.exec(line);
  if (dotnet !== null) return `${dotnet[1]}:${dotnet[2]}`;
  const inner = line.endsWith(')')
    ? (/\(([^()]+:\d+(?::\d+)?)\)$/.exec(line)?.[1] ?? line.slice(line.indexOf('(') + 1, -1))
    : line.slice(line.lastIndexOf(' ') + 1);
  return /:\d+$/.test(inner) && (line.endsWith(')') || inner.includes('/')) ? withoutScheme(inner) : null;
}

function withoutScheme(place: string): string {
  return place.replace(/^file:\/\//, '');
}
