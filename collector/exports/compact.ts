type Plain = { [name: string]: unknown };

/** Pure: the same without members that say nothing: undefined, null, empty text, empty lists and objects. */
export function compact(value: Plain): Plain {
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, compacted(member)] as const)
      .filter(([, member]) => member !== undefined),
  );
}

function compacted(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined;
  if (Array.isArray(value)) {
    const kept = value.map(compacted).filter((member) => member !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value !== 'object') return value;
  const kept = compact(value as Plain);
  return Object.keys(kept).length > 0 ? kept : undefined;
}
