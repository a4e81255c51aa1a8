/** PKWARE's APPNOTE, 4.3.12: a file header of the central directory. */
const headerSignature = 0x02014b50;
const headerLength = 46;
/** 4.3.16: the record at the end of the central directory. */
const endSignature = 0x06054b50;
const endLength = 22;

/** The names of the files in a zip archive, as its central directory lists them. */
export function zipEntries(archive: Buffer): readonly string[] {
  let end = archive.length - endLength;
  while (end > 0 && archive.readUInt32LE(end) !== endSignature) end -= 1;
  const names: string[] = [];
  let at = archive.readUInt32LE(end + 16);
  while (at < end && archive.readUInt32LE(at) === headerSignature) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const nameAt = at + headerLength;
    const nameEnd = nameAt + (name ?? 0);
    names.push(archive.toString("utf8", nameAt, nameEnd));
    at = nameEnd + (extra ?? 0) + (comment ?? 0);
  }
  return names;
}
