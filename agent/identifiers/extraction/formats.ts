import type { ByteSource } from './byte-source.ts';
import { extensionOf, type Reader } from './reader.ts';
import { Unread } from './unread.ts';

/** A family of formats: how its documents are known, and who reads them. */
export interface Format {
  name: string;
  /** Whether a document that begins so is one, whatever it is called. */
  signature?: (start: Buffer) => boolean;
  /** What names of its documents end in. */
  extensions?: readonly string[];
  /** It is text, so that its documents may begin with anything. */
  isText?: true;
  /** Why there is no reader, or how to get it: loaded when the first such document comes. */
  read: { unread: string } | (() => Promise<Reader>);
}

const bytes = (hex: string, at = 0) => {
  const wanted = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return (start: Buffer) => start.subarray(at, at + wanted.length).equals(wanted);
};
const text = (wanted: string, at = 0) => bytes(Buffer.from(wanted, 'latin1').toString('hex'), at);
const pattern = (wanted: RegExp) => (start: Buffer) => wanted.test(start.toString('latin1'));
const anyOf =
  (...signatures: ((start: Buffer) => boolean)[]) =>
  (start: Buffer) =>
    signatures.some((fits) => fits(start));

/** Asking for a module that is there already is not free, and a small document is quickly read. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

const archive = 'It is an archive of a kind that is not read.';
const picture = 'It is a picture.';
const recording = 'It is sound or film.';
const database = 'It is a database, which is not read.';

const plainText: Format = {
  name: 'text',
  extensions: ['txt', 'log', 'md', 'ini', 'sql', 'vcf', 'ics'],
  isText: true,
  read: once(async () => (await import('./plain-text.ts')).readPlainText),
};

/** In the order they are tried: all signatures first, then the extensions. */
export const formats: readonly Format[] = [
  {
    name: 'zip',
    signature: anyOf(text('PK\u0003\u0004'), text('PK\u0005\u0006'), text('PK\u0007\u0008')),
    extensions: 'docx docm dotx dotm xlsx xlsm xltx xltm pptx pptm potx ppsx odt ott ods ots odp otp odg zip'.split(
      ' ',
    ),
    read: once(async () => (await import('./archive.ts')).readZip),
  },
  {
    name: 'compound',
    signature: bytes('d0cf11e0a1b11ae1'),
    extensions: 'doc dot xls xlt ppt pps pot msg'.split(' '),
    read: once(async () => (await import('./compound.ts')).readCompound),
  },
  {
    name: 'pdf',
    signature: (start) => start.includes('%PDF-'),
    extensions: ['pdf'],
    read: once(async () => (await import('./pdf.ts')).readPdf),
  },
  {
    name: 'rtf',
    signature: text('{\\rt'),
    extensions: ['rtf'],
    read: once(async () => (await import('./rtf.ts')).readRtf),
  },
  { name: '7z', signature: bytes('377abcaf271c'), read: { unread: archive } },
  { name: 'rar', signature: text('Rar!\u001a\u0007'), read: { unread: archive } },
  { name: 'gzip', signature: bytes('1f8b08'), read: { unread: archive } },
  { name: 'bzip2', signature: pattern(/^BZh[1-9]1AY/), read: { unread: archive } },
  { name: 'xz', signature: bytes('fd377a585a00'), read: { unread: archive } },
  { name: 'zstd', signature: bytes('28b52ffd'), read: { unread: archive } },
  { name: 'cabinet', signature: text('MSCF\u0000'), read: { unread: archive } },
  { name: 'tar', signature: text('ustar', 257), read: { unread: archive } },
  {
    name: 'picture',
    signature: anyOf(
      bytes('89504e470d0a1a0a'),
      bytes('ffd8ff'),
      text('GIF8'),
      bytes('49492a00'),
      bytes('4d4d002a'),
      (start) => text('RIFF')(start) && text('WEBP', 8)(start),
      (start) => text('BM')(start) && bytes('00000000', 6)(start),
      pattern(/^....ftyp(?:heic|heix|mif1|avif)/s),
    ),
    read: { unread: picture },
  },
  {
    name: 'recording',
    signature: anyOf(
      text('ID3'),
      text('OggS'),
      text('fLaC'),
      text('ftyp', 4),
      text('RIFF'),
      bytes('1a45dfa3'),
      bytes('000001ba'),
    ),
    read: { unread: recording },
  },
  {
    name: 'program',
    signature: anyOf(bytes('7f454c46'), (start) => text('MZ')(start) && !looksLikeText(start)),
    read: { unread: 'It is a program.' },
  },
  { name: 'sqlite', signature: text('SQLite format 3\u0000'), read: { unread: database } },
  {
    name: 'access',
    signature: anyOf(text('Standard Jet DB', 4), text('Standard ACE DB', 4)),
    read: { unread: database },
  },
  {
    name: 'outlook store',
    signature: text('!BDN'),
    read: { unread: 'It is a mailbox of Outlook, which is not read.' },
  },
  {
    name: 'mbox',
    signature: pattern(/^From \S+ .{0,40}\d\d:\d\d(?::\d\d)? .{0,20}\r?\n[\w-]+: /),
    extensions: ['mbox', 'mbx'],
    read: { unread: 'It is a mailbox, which is not read.' },
  },
  {
    name: 'html',
    signature: pattern(/^(?:\xef\xbb\xbf)?\s{0,100}(?:<!--.{0,500}?-->\s{0,100})?<(?:!doctype html|html)[\s>]/is),
    extensions: ['html', 'htm', 'xhtml'],
    isText: true,
    read: once(async () => (await import('./html.ts')).readHtml),
  },
  {
    name: 'xml',
    signature: anyOf(
      pattern(/^(?:\xef\xbb\xbf)?\s{0,100}<\?xml\s/),
      bytes('fffe3c003f0078'),
      bytes('feff003c003f00'),
      bytes('3c003f007800'),
    ),
    extensions: ['xml', 'fodt', 'fods', 'fodp', 'xsl', 'svg'],
    isText: true,
    read: once(async () => (await import('./xml.ts')).readXml),
  },
  {
    name: 'message',
    signature: pattern(
      /^(?:\xef\xbb\xbf)?(?:(?:received|return-path|from|to|date|message-id|mime-version|delivered-to|subject|content-type|x-[\w-]{1,60}):[ \t][^\r\n]{1,2000}\r?\n(?:[ \t][^\r\n]{0,2000}\r?\n){0,50}){3}/i,
    ),
    extensions: ['eml', 'mht', 'mhtml'],
    isText: true,
    read: once(async () => (await import('./eml.ts')).readEml),
  },
  {
    name: 'json',
    extensions: ['json', 'jsonl', 'ndjson', 'geojson'],
    isText: true,
    read: once(async () => (await import('./json.ts')).readJson),
  },
  {
    name: 'table',
    // Exports of many programs are text that only calls itself a workbook.
    extensions: ['csv', 'tsv', 'tab', 'xls', 'xlsx'],
    isText: true,
    read: once(async () => (await import('./csv.ts')).readCsv),
  },
  plainText,
];

const startBytes = 4096;

/**
 * The reader of a document: by how it begins, then by what its name ends in, then as text if it looks like some.
 * @throws Unread with the reason when there is none
 */
export function readerOf({ source, name }: { source: ByteSource; name: string }): Promise<Reader> {
  const start = source.read(0, startBytes);
  const format = formats.find(({ signature }) => signature?.(start)) ?? formatByName(name, looksLikeText(start));
  if (!format) throw new Unread('not-inspectable', 'It is of a format that is not read.');
  if (typeof format.read === 'function') return format.read();
  throw new Unread('not-inspectable', format.read.unread);
}

function formatByName(name: string, isText: boolean): Format | undefined {
  const named = formats.filter(({ extensions }) => extensions?.includes(extensionOf(name)));
  return isText ? (named.find((format) => format.isText) ?? plainText) : named[0];
}

/** Text has hardly a control character; in UTF-16, zeros fill one of every two places and none of the other. */
function looksLikeText(start: Buffer): boolean {
  const controls = [0, 0];
  for (const [at, byte] of start.entries())
    if (byte < 0x20 && !ordinaryControls.has(byte)) controls[at % 2] = (controls[at % 2] ?? 0) + 1;
  const [fewer = 0, more = 0] = controls.sort((one, other) => one - other);
  return fewer + more <= start.length / 100 || (fewer === 0 && more > start.length / 4);
}

const ordinaryControls = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
