import type { Meaning } from './pm2-log-meaning.ts';
import type { StampValue } from './pm2-log-stamps.ts';

/** The lines of one piece of a log, oldest first, as columns: 16 bytes a line. */
export interface LinePiece {
  readonly values: Float64Array;
  readonly meanings: readonly Meaning[];
  /** The first stamp of the piece, of whatever line of PM2; NaN = none. */
  readonly first: StampValue;
}

/** Collects the lines of one piece. */
export class PieceBuilder {
  private values = new Float64Array(1024);
  private meanings: Meaning[] = [];
  private first: StampValue = Number.NaN;
  /** Newest stamp of any line of PM2 in the piece, read or not; -Infinity = none. Texts to be learned do not count. */
  newestWallMs = -Infinity;

  get count(): number {
    return this.meanings.length;
  }

  /** A line of PM2 with this stamp was passed, whatever it says. */
  pass(value: StampValue): void {
    if (Number.isNaN(this.first)) this.first = value;
    if (value > this.newestWallMs) this.newestWallMs = value;
  }

  add(value: StampValue, meaning: Meaning): void {
    const { length } = this.meanings;
    if (length === this.values.length) {
      const wider = new Float64Array(length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[length] = value;
    this.meanings.push(meaning);
  }

  /** Takes the piece out and starts the next. */
  take(): LinePiece {
    const piece = {
      values: this.values.slice(0, this.meanings.length),
      meanings: this.meanings,
      first: this.first,
    };
    this.meanings = [];
    this.first = Number.NaN;
    this.newestWallMs = -Infinity;
    return piece;
  }
}
