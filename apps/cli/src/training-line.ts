import type { StepEvent } from '@tinyllm/train';
import { count, duration } from './output';

/** How much a smoothed loss keeps of what it was at the logged step before. */
const MEMORY = 0.9;

export interface Speed {
  /** Tokens a step. */
  readonly tokensPerStep: number;
  /** Floating-point operations a token, forward and backward. */
  readonly flopsPerToken: number;
  /** Floating-point operations a second that this machine reaches in a product of matrices. */
  readonly ceiling: number;
}

/** Turns logged steps into the line that a run shows of itself. */
export class TrainingLine {
  readonly #maxIters: number;
  readonly #speed: Speed;
  #smoothed: number | undefined;
  #steps = 0;
  #first: number | undefined;

  constructor(maxIters: number, speed: Speed) {
    this.#maxIters = maxIters;
    this.#speed = speed;
  }

  /** The loss without the noise of single batches; none before the first step. */
  get smoothedLoss(): number | undefined {
    return this.#smoothed;
  }

  /** Tokens a second, of `seconds` that were spent on steps alone. */
  tokensPerSecond(seconds: number): number {
    return seconds > 0 ? (this.#steps * this.#speed.tokensPerStep) / seconds : 0;
  }

  /**
   * Takes a step, before whose end `seconds` were spent on steps and `elapsed` in all. A run that is above its ceiling says
   * nothing of it: something else had the machine while that was measured.
   */
  tell(event: StepEvent, seconds: number, elapsed: number): string {
    const { step, loss, learningRate, gradientNorm } = event;
    this.#first ??= step;
    this.#steps = step + 1 - this.#first;
    this.#smoothed = this.#smoothed === undefined ? loss : MEMORY * this.#smoothed + (1 - MEMORY) * loss;
    const tokens = this.tokensPerSecond(seconds);
    const share = (100 * tokens * this.#speed.flopsPerToken) / this.#speed.ceiling;
    const left = (elapsed / this.#steps) * (this.#maxIters - step - 1);
    return [
      `step ${step}/${this.#maxIters}`,
      `loss ${loss.toFixed(3)} (${this.#smoothed.toFixed(3)})`,
      `lr ${learningRate.toExponential(1)}`,
      `grad ${gradientNorm.toFixed(2)}`,
      `${count(Math.round(tokens))} tok/s`,
      ...(share <= 100 ? [`MFU ${share.toFixed(0)} %`] : []),
      `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`,
      `${duration(elapsed)} + ${duration(left)}`,
    ].join('  ');
  }
}
