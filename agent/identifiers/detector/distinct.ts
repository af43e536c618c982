import { randomInt } from 'node:crypto';

/** A byte of each place: whether it is taken, four more bits of the number's hash, and its mark. */
const taken = 0x80;
const tagBits = 0xf8;
const markBits = 0x07;

/**
 * Distinct numbers above 0, each with a mark from 0 to 7; as many as `limit`. Two flat arrays, because a file may hold
 * millions and a `Set` of numbers beyond 2^31 keeps an object for each. The multipliers are drawn anew, so no file can
 * be made of numbers that all fall on one place. Most numbers that are not there are told by the smaller array alone,
 * which stays in the processor's cache.
 */
export class Distinct {
  readonly #limit: number;
  readonly #low = randomInt(2 ** 31) * 2 + 1;
  readonly #high = randomInt(2 ** 31) * 2 + 1;
  #bits = 4;
  #keys = new Float64Array(2 ** this.#bits);
  #places = new Uint8Array(2 ** this.#bits);
  #overflowed = false;
  size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** There was one more than `limit`. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  get isFull(): boolean {
    return this.size >= this.#limit;
  }

  /** Keeps the number with the greatest mark it was ever given. Without effect on new numbers when full. */
  note(key: number, mark: number): void {
    const hash = this.#hashOf(key);
    const place = this.#placeOf(key, hash);
    const there = this.#places[place] ?? 0;
    if (there !== 0) {
      if (mark > (there & markBits)) this.#places[place] = (there & tagBits) | mark;
      return;
    }
    if (this.isFull) {
      this.#overflowed = true;
      return;
    }
    this.#keys[place] = key;
    this.#places[place] = tagOf(hash) | mark;
    this.size += 1;
    if (this.size * 2 > this.#keys.length) this.#grow();
  }

  forEach(visit: (key: number, mark: number) => void): void {
    const [keys, places] = [this.#keys, this.#places];
    for (let place = 0; place < keys.length; place += 1) {
      const there = places[place] ?? 0;
      if (there !== 0) visit(keys[place] ?? 0, there & markBits);
    }
  }

  #hashOf(key: number): number {
    return Math.imul(key | 0, this.#low) + Math.imul(key / 4_294_967_296, this.#high);
  }

  /** Where the number is, or would be. */
  #placeOf(key: number, hash: number): number {
    const keys = this.#keys;
    const places = this.#places;
    const last = keys.length - 1;
    const tag = tagOf(hash);
    let place = hash >>> (32 - this.#bits);
    for (;;) {
      const there = places[place] ?? 0;
      if (there === 0 || ((there & tagBits) === tag && keys[place] === key)) return place;
      place = (place + 1) & last;
    }
  }

  #grow(): void {
    const [keys, places] = [this.#keys, this.#places];
    this.#bits += 1;
    this.#keys = new Float64Array(2 ** this.#bits);
    this.#places = new Uint8Array(2 ** this.#bits);
    for (let old = 0; old < keys.length; old += 1) {
      const there = places[old] ?? 0;
      if (there === 0) continue;
      const key = keys[old] ?? 0;
      const place = this.#placeOf(key, this.#hashOf(key));
      this.#keys[place] = key;
      this.#places[place] = there;
    }
  }
}

/** Of bits of the hash that choose no place while there are at most 2^20 of them. */
function tagOf(hash: number): number {
  return taken | ((hash >>> 5) & 0x78);
}
