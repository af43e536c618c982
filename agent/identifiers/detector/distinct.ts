import { randomInt } from 'node:crypto';

/**
 * Distinct numbers above 0, each with a mark from 0 to 255; as many as `limit`. Two flat arrays, because a file may hold
 * millions and a `Set` of numbers beyond 2^31 keeps an object for each. The multipliers are drawn anew, so no file can
 * be made of numbers that all fall on one place.
 */
export class Distinct {
  readonly #limit: number;
  readonly #low = randomInt(2 ** 31) * 2 + 1;
  readonly #high = randomInt(2 ** 31) * 2 + 1;
  #bits = 4;
  #keys = new Float64Array(2 ** this.#bits);
  #marks = new Uint8Array(2 ** this.#bits);
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
    const place = this.#placeOf(key);
    if (this.#keys[place] === key) {
      if (mark > (this.#marks[place] ?? 0)) this.#marks[place] = mark;
      return;
    }
    if (this.isFull) {
      this.#overflowed = true;
      return;
    }
    this.#keys[place] = key;
    this.#marks[place] = mark;
    this.size += 1;
    if (this.size * 2 > this.#keys.length) this.#grow();
  }

  forEach(visit: (key: number, mark: number) => void): void {
    const [keys, marks] = [this.#keys, this.#marks];
    for (let place = 0; place < keys.length; place += 1) {
      const key = keys[place] ?? 0;
      if (key !== 0) visit(key, marks[place] ?? 0);
    }
  }

  #placeOf(key: number): number {
    const keys = this.#keys;
    const last = keys.length - 1;
    const hash = Math.imul(key | 0, this.#low) + Math.imul(key / 4_294_967_296, this.#high);
    let place = hash >>> (32 - this.#bits);
    while (keys[place] !== 0 && keys[place] !== key) place = (place + 1) & last;
    return place;
  }

  #grow(): void {
    const [keys, marks] = [this.#keys, this.#marks];
    this.#bits += 1;
    this.#keys = new Float64Array(2 ** this.#bits);
    this.#marks = new Uint8Array(2 ** this.#bits);
    for (let old = 0; old < keys.length; old += 1) {
      const key = keys[old] ?? 0;
      if (key === 0) continue;
      const place = this.#placeOf(key);
      this.#keys[place] = key;
      this.#marks[place] = marks[old] ?? 0;
    }
  }
}
