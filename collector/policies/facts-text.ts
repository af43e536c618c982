const stamp = /\{"seq":\d+,"at":"[^"\\]*","bootId":"[^"\\]*","uptimeMs":\d+,"kind":"[^"\\]*",/y;

/**
 * The part of an event's line that decisions depend on: without number, time, kind and the decision made at that time.
 * Two lines of one kind with the same part say the same of device, volume and person. Quotes within a text of JSON are
 * escaped, so a name in plain quotes is the name of a member. Whatever is not laid out as agents lay it out is taken
 * whole.
 */
export function factsText(line: string): string {
  stamp.lastIndex = 0;
  if (!stamp.test(line)) return line;
  const start = stamp.lastIndex;
  const decision = line.indexOf('"decision":{', start);
  // From the end: it is the last member, and short beside the decision with its reasons.
  const data = line.lastIndexOf('"data":{');
  if (decision < 0 || data < decision) return line.slice(start);
  if (line.slice(decision, data).includes('"actor":')) return line.slice(start);
  return decision === start ? line.slice(data) : line.slice(start, decision) + line.slice(data);
}

/** The members a {@link factsText} holds. */
export function parsedFacts(text: string): object {
  return JSON.parse(text.startsWith('{') ? text : `{${text}`) as object;
}
