/** Aborts its signal once so many seconds have passed without a restart. */
export class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #seconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    this.end();
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`silence for ${this.#seconds} s`)),
      1000 * this.#seconds,
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
