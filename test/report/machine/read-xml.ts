/** A small strict reader of XML 1.0 as far as JUnit files use it: elements, attributes, text. Throws where it is not well-formed. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: XmlElement[];
  text: string;
}

const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(raw: string): string {
  if (/<|]]>/.test(raw)) throw new Error(`markup in text: ${raw}`);
  return raw.replace(/&([^;]*;?)/g, (_all, name: string) => {
    const found = entities[name.replace(/;$/, '')];
    if (found === undefined || !name.endsWith(';')) throw new Error(`not an entity: &${name}`);
    return found;
  });
}

export function readXml(document: string): XmlElement {
  const illegal = /[^\u{9}\u{a}\u{d}\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.exec(document);
  if (illegal) throw new Error(`a character XML may not hold: U+${illegal[0].charCodeAt(0).toString(16)}`);
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration)) throw new Error('no declaration');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const tag = /<(\/?)([a-z-]+)((?:\s+[a-z-]+="[^"<]*")*)\s*(\/?)>/y;
  let at = declaration.length;
  while (at < document.length) {
    const parent = open.at(-1)!;
    if (document[at] !== '<') {
      const next = document.indexOf('<', at);
      const end = next < 0 ? document.length : next;
      parent.text += unescaped(document.slice(at, end));
      at = end;
      continue;
    }
    tag.lastIndex = at;
    const match = tag.exec(document);
    if (!match) throw new Error(`not a tag: ${document.slice(at, at + 60)}`);
    at = tag.lastIndex;
    const [, isEnd, name, list, isEmpty] = match;
    if (isEnd) {
      if (parent.name !== name) throw new Error(`${name} ends inside ${parent.name}`);
      open.pop();
      continue;
    }
    const attributes: { [name: string]: string } = {};
    for (const [, key, value] of list!.matchAll(/([a-z-]+)="([^"]*)"/g)) {
      if (key! in attributes) throw new Error(`${key} twice`);
      attributes[key!] = unescaped(value!);
    }
    const element: XmlElement = { name: name!, attributes, children: [], text: '' };
    parent.children.push(element);
    if (!isEmpty) open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1 || root.text.trim() !== '')
    throw new Error('not one document');
  return root.children[0]!;
}
